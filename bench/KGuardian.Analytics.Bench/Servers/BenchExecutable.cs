using System.Net;
using System.Net.Sockets;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>This program itself, for the servers it starts as processes of their own.</summary>
internal static class BenchExecutable
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, typeof(BenchExecutable).Assembly.GetName().Name!);

    public static bool Accepts(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
