using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Tests.EndToEnd.Hostile;

/// <summary>What a server answers to bytes on a fresh connection, within bounds of time and length.</summary>
/// <param name="Status">The status; 0 when the connection ended without one.</param>
/// <param name="Text">Head and body as far as they were read.</param>
/// <param name="Time">Until the answer's head.</param>
internal sealed record RawAnswer(int Status, string Text, TimeSpan Time)
{
    /// <summary>Far above any answer's time on a loaded machine; streams that never end send their head at once.</summary>
    private static readonly TimeSpan HeadLimit = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan BodyLimit = TimeSpan.FromSeconds(2);

    private const int MostBytes = 64 << 10;

    /// <summary>Sends bytes and reads the answer; no more than its begin.</summary>
    /// <param name="address">The server.</param>
    /// <param name="request">What to send.</param>
    /// <param name="whole">Whether the request is complete; of another the sending side is closed, so that nobody waits for its rest.</param>
    /// <exception cref="TimeoutException">The server neither answers nor closes.</exception>
    public static async Task<RawAnswer> ToAsync(Uri address, byte[] request, bool whole)
    {
        var started = Stopwatch.GetTimestamp();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        var sending = SendAsync(client, request, whole);
        var text = new StringBuilder();
        var head = await ReadAsync(stream, text, HeadLimit, until: () => StatusOf(text) > 0);
        var time = Stopwatch.GetElapsedTime(started);
        if (head)
        {
            await ReadAsync(stream, text, BodyLimit, until: () => text.Length >= MostBytes);
        }
        else if (time >= HeadLimit)
        {
            throw new TimeoutException($"No answer within {HeadLimit}");
        }

        client.Close();
        await sending;
        return new RawAnswer(StatusOf(text), text.ToString(), time);
    }

    private static async Task SendAsync(TcpClient client, byte[] request, bool whole)
    {
        try
        {
            await client.GetStream().WriteAsync(request);
            if (!whole)
            {
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The server has seen enough and closed: its answer says why.
            return;
        }
    }

    // True when the condition came true, or the answer's end after it; false at the end of the connection or of the time.
    private static async Task<bool> ReadAsync(NetworkStream stream, StringBuilder text, TimeSpan limit, Func<bool> until)
    {
        using var timeout = new CancellationTokenSource(limit);
        var buffer = new byte[16 << 10];
        try
        {
            while (!until())
            {
                var read = await stream.ReadAsync(buffer, timeout.Token);
                if (read == 0)
                {
                    return false;
                }

                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }

            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static int StatusOf(StringBuilder text)
    {
        const string Begin = "HTTP/1.1 ";
        var head = text.ToString(0, Math.Min(text.Length, Begin.Length + 3));
        return head.Length == Begin.Length + 3 && head.StartsWith(Begin, StringComparison.Ordinal)
            && int.TryParse(head[Begin.Length..], out var status)
                ? status
                : 0;
    }
}
