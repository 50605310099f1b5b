using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>Asks a server's /health.</summary>
internal static class HealthCheck
{
    public static bool IsHealthy(Uri server)
    {
        try
        {
            using var http = new HttpConnection(new(IPAddress.Parse(server.Host), server.Port), TimeSpan.FromSeconds(5));
            return http.Exchange(HttpConnection.GetRequest(new(server, "/health"))).IsSuccess;
        }
        catch (Exception notYet) when (notYet is SocketException or IOException)
        {
            return false;
        }
    }
}
