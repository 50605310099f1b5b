using System.Xml.Linq;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>
/// Three ClickHouse nodes on ports of their own that know each other as the clusters <c>two</c> and <c>three</c>, of so many shards, and the first two of them
/// as <c>replicas</c> of one shard. What the servers of an operator have in their configuration is in files beside the node's own, which the engine merges.
/// </summary>
public sealed class ShardNodes : IAsyncLifetime
{
    public const string User = "operator";
    public const string Password = "operator-password";

    private readonly TestDirectory _directory = new();
    private readonly int[] _httpPorts = Ports(3);
    private readonly int[] _tcpPorts = Ports(3);
    private readonly LocalNode[] _nodes = new LocalNode[3];

    /// <summary>The HTTP interfaces, in the order of the shards.</summary>
    internal IReadOnlyList<ClickHouseEndpoint> Endpoints =>
        [.. _httpPorts.Select(port => new ClickHouseEndpoint(new Uri($"http://127.0.0.1:{port}"), User, Password))];

    public async ValueTask InitializeAsync() => await Task.WhenAll(Enumerable.Range(0, 3).Select(StartAsync));

    /// <summary>Process id of a node.</summary>
    public int ProcessId(int shard) => _nodes[shard].ProcessId!.Value;

    /// <summary>Ends a node.</summary>
    public async Task StopAsync(int shard) => await _nodes[shard].DisposeAsync();

    /// <summary>Starts a node, at its ports and with its data.</summary>
    public async Task StartAsync(int shard)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_directory.Path, $"{shard}")).FullName;
        var root = Directory.CreateDirectory(Path.Combine(directory, "clickhouse")).FullName;
        Write(root, "config.d", new XElement("clickhouse",
            new XElement("remote_servers", Named("two", Shards(2)), Named("three", Shards(3)), Named("replicas", new XElement("shard", Replicas(2)))),
            new XElement("macros", new XElement("shard", $"{shard + 1:00}"), new XElement("replica", "only"))));
        Write(root, "users.d", new XElement("clickhouse", new XElement("users", new XElement(User,
            new XElement("password", Password),
            new XElement("networks", new XElement("ip", "127.0.0.1")),
            new XElement("profile", "admin"),
            new XElement("quota", "default"),
            new XElement("grants", new XElement("query", "GRANT ALL ON *.* WITH GRANT OPTION"))))));
        _nodes[shard] = new LocalNode(
            new LocalNodeOptions
            {
                DataDirectory = directory,
                MemoryShare = 0.1,
                HttpPort = _httpPorts[shard],
                TcpPort = _tcpPorts[shard],
                // Nodes keep connections to each other, and would be waited for.
                StopTimeout = TimeSpan.FromSeconds(1),
            },
            NullLogger<LocalNode>.Instance);
        await _nodes[shard].StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        _directory.Dispose();
    }

    // The secret lets one node ask another as the user who asked it.
    private static XElement Named(string name, params IEnumerable<XElement> shards) => new(name, new XElement("secret", "secret-of-the-operator"), shards);

    private IEnumerable<XElement> Shards(int count) => Replicas(count).Select(replica => new XElement("shard", replica));

    private IEnumerable<XElement> Replicas(int count) =>
        _tcpPorts.Take(count).Select(port => new XElement("replica", new XElement("host", "127.0.0.1"), new XElement("port", port)));

    private static void Write(string root, string directory, XElement configuration) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(root, directory)).FullName, "cluster.xml"), configuration.ToString());

    // Nobody else gets them, neither before a node starts nor while it is down.
    private static int[] Ports(int count) => [.. Enumerable.Range(0, count).Select(_ => FixedPort.Choose())];
}
