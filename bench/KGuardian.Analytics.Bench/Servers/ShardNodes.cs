using System.Net;
using System.Net.Sockets;
using System.Xml.Linq;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>ClickHouse nodes on ports of their own that know each other as a cluster, as an operator's servers do by their configuration.</summary>
internal sealed class ShardNodes : IDisposable
{
    private const string Cluster = "bench";
    private const string User = "bench";
    private const string Password = "bench-password";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kguardian-bench-nodes-");
    private readonly List<LocalNode> _nodes = [];
    private readonly (int Http, int Tcp)[] _ports;

    public ShardNodes(int count)
    {
        _ports = [.. Enumerable.Range(0, count).Select(_ => (FreePort(), FreePort()))];
        try
        {
            for (var i = 0; i < count; i++)
            {
                Start(i);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What a server is told: the shards of a cluster, or one node by itself.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings
    {
        get
        {
            var urls = _ports.Select(port => $"http://127.0.0.1:{port.Http}").ToArray();
            yield return new("KGUARDIAN_CLICKHOUSE_USER", User);
            yield return new("KGUARDIAN_CLICKHOUSE_PASSWORD", Password);
            if (urls is [var only])
            {
                yield return new("KGUARDIAN_CLICKHOUSE_URL", only);
                yield break;
            }

            yield return new("KGUARDIAN_CLICKHOUSE__ENDPOINTS", string.Join(',', urls));
            yield return new("KGUARDIAN_CLICKHOUSE__CLUSTER", Cluster);
        }
    }

    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        _directory.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Files beside the node's own configuration, which the engine merges.
    private void Start(int number)
    {
        var root = _directory.CreateSubdirectory($"{number}").CreateSubdirectory("clickhouse");
        new XElement("clickhouse", new XElement("remote_servers", new XElement(Cluster,
            new XElement("secret", Password),
            _ports.Select(port => new XElement("shard", new XElement("replica", new XElement("host", "127.0.0.1"), new XElement("port", port.Tcp)))))))
            .Save(Path.Combine(root.CreateSubdirectory("config.d").FullName, "cluster.xml"));
        new XElement("clickhouse", new XElement("users", new XElement(User,
            new XElement("password", Password), new XElement("networks", new XElement("ip", "127.0.0.1")), new XElement("profile", "admin"),
            new XElement("quota", "default"), new XElement("grants", new XElement("query", "GRANT ALL ON *.* WITH GRANT OPTION")))))
            .Save(Path.Combine(root.CreateSubdirectory("users.d").FullName, "cluster.xml"));
        var node = new LocalNode(
            new LocalNodeOptions
            {
                // Together as much as one node by itself.
                DataDirectory = root.Parent!.FullName,
                MemoryShare = 0.5 / _ports.Length,
                HttpPort = _ports[number].Http,
                TcpPort = _ports[number].Tcp,
                // They keep connections to each other, and would be waited for.
                StopTimeout = TimeSpan.FromSeconds(1),
            },
            NullLogger<LocalNode>.Instance);
        _nodes.Add(node);
        node.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
    }
}
