using System.Xml.Linq;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>What a server's data directory says about its local node.</summary>
internal static class DataDirectory
{
    /// <summary>The node's HTTP interface as the user for SQL by hand.</summary>
    public static ClickHouseEndpoint ReadOnlyEndpoint(string path) => Endpoint(path, "kguardian_readonly", "readonly.password");

    /// <summary>The node's HTTP interface as the user for dashboards.</summary>
    public static ClickHouseEndpoint GrafanaEndpoint(string path) => Endpoint(path, "kguardian_grafana", "grafana.password");

    private static ClickHouseEndpoint Endpoint(string path, string user, string passwordFile)
    {
        var node = Path.Combine(path, "clickhouse");
        var port = XDocument.Load(Path.Combine(node, "config.xml")).Descendants("http_port").Single().Value;
        return new ClickHouseEndpoint(new Uri($"http://127.0.0.1:{port}"), user, File.ReadAllText(Path.Combine(node, passwordFile)).Trim());
    }
}
