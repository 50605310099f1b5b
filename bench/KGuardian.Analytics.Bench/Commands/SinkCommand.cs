using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>
/// <c>sink</c>: a server that reads requests and believes them all new. It does next to nothing, so that a run against it with
/// <c>--new 1</c> shows the generator's own cost and the limit of loopback.
/// </summary>
internal static class SinkCommand
{
    public static int Run(Flags flags)
    {
        var port = flags.Count("port", 9099);
        var batch = flags.Count("batch", 100);
        flags.RejectUnknown();

        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(512);
        var count = batch.ToString(CultureInfo.InvariantCulture);
        var answer = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {count.Length}\r\n\r\n{count}");
        Console.WriteLine($"Listening on 127.0.0.1:{port}, every request has {batch} new flows. Ctrl+C ends it.");
        while (true)
        {
            var client = listener.Accept();
            client.NoDelay = true;
            new Thread(() => Serve(client, answer)) { IsBackground = true }.Start();
        }
    }

    private static void Serve(Socket client, byte[] answer)
    {
        using (client)
        {
            var buffer = new byte[1 << 20];
            var length = 0;
            while (client.Receive(buffer.AsSpan(length)) is > 0 and var received)
            {
                length += received;
                while (RequestLength(buffer.AsSpan(0, length)) is > 0 and var request && request <= length)
                {
                    client.Send(answer);
                    buffer.AsSpan(request, length - request).CopyTo(buffer);
                    length -= request;
                }
            }
        }
    }

    private static int RequestLength(ReadOnlySpan<byte> received)
    {
        var headEnd = received.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
            return 0;
        var name = "Content-Length: "u8;
        var at = received.IndexOf(name) + name.Length;
        return System.Buffers.Text.Utf8Parser.TryParse(received[at..], out int body, out _) ? headEnd + 4 + body : 0;
    }
}
