using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>What one connection over loopback carries, sender and receiver doing nothing with the bytes: no streamed answer is faster.</summary>
internal static class LoopbackSpeed
{
    private const int Block = 64 * 1024;
    private const int ReceiveBlock = 256 * 1024;

    public static double MegabytesPerSecond(TimeSpan duration)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        receiver.Connect(listener.LocalEndpoint);
        using var sender = listener.AcceptSocket();
        var sending = new Thread(() => Send(sender, duration));
        sending.Start();
        var buffer = new byte[ReceiveBlock];
        var (bytes, startedAt) = (0L, Stopwatch.GetTimestamp());
        while (receiver.Receive(buffer) is > 0 and var received)
        {
            bytes += received;
        }

        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        sending.Join();
        return bytes / 1e6 / seconds;
    }

    private static void Send(Socket to, TimeSpan duration)
    {
        var block = new byte[Block];
        for (var startedAt = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(startedAt) < duration;)
        {
            to.Send(block);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
