using System.Globalization;

namespace KGuardian.Analytics.Bench.Model;

/// <summary>
/// A pod. Its address is 10.(100 + <paramref name="Network"/>).<paramref name="Host"/>; the host's two octets are unique in the cluster.
/// </summary>
internal sealed record Pod(string Name, string Namespace, int Network, string Host, int ServicePort)
{
    public string Ip => string.Create(CultureInfo.InvariantCulture, $"10.{100 + Network}.{Host}");
}
