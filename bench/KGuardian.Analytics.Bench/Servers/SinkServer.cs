using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>
/// Reads requests and believes all their flows new. It does next to nothing, so that a run against it shows the generator's own
/// cost and what loopback can carry.
/// </summary>
internal sealed class SinkServer : IDisposable
{
    private const int LargestRequest = 4 << 20;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _answer;

    /// <param name="port">Where to listen; 0 takes a free port.</param>
    /// <param name="batch">The answer to every request.</param>
    public SinkServer(int port, int batch)
    {
        var count = batch.ToString(CultureInfo.InvariantCulture);
        _answer = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {count.Length}\r\n\r\n{count}");
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(512);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Serves until disposed.</summary>
    public void Run()
    {
        try
        {
            while (true)
            {
                var client = _listener.Accept();
                client.NoDelay = true;
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Serve(Socket client)
    {
        using var _ = client;
        var buffer = new byte[LargestRequest];
        var length = 0;
        try
        {
            while (client.Receive(buffer.AsSpan(length)) is > 0 and var received)
            {
                length += received;
                while (RequestLength(buffer.AsSpan(0, length)) is > 0 and var request && request <= length)
                {
                    client.Send(_answer);
                    buffer.AsSpan(request, length - request).CopyTo(buffer);
                    length -= request;
                }
            }
        }
        catch (SocketException)
        {
            // The client is gone.
        }
    }

    private static int RequestLength(ReadOnlySpan<byte> received)
    {
        var headEnd = received.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return 0;
        }

        var name = "Content-Length: "u8;
        var at = received.IndexOf(name) + name.Length;
        return Utf8Parser.TryParse(received[at..], out int body, out _) ? headEnd + 4 + body : 0;
    }
}
