using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>A port for a program that must be told one.</summary>
internal static class FixedPort
{
    // Below those that Linux gives to whoever asks for any (net.ipv4.ip_local_port_range, from 32768): until the program listens nobody else gets it.
    private const int First = 15_000;
    private const int Last = 31_000;

    // Until the program listens, another test must not get it either.
    private static readonly ConcurrentDictionary<int, bool> Chosen = new();

    public static int Choose()
    {
        for (; ; )
        {
            var port = Random.Shared.Next(First, Last);
            if (!Chosen.TryAdd(port, true))
            {
                continue;
            }

            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
                continue;
            }
        }
    }
}
