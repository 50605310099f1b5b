using System.Net;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Storage;
using KGuardian.Analytics.Topology;
using KGuardian.Analytics.Upstream;
using KGuardian.Analytics.Verdicts;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The effective configuration, validated. Names in the documentation are those of the configuration keys.</summary>
internal sealed record ServerSettings
{
    /// <summary><c>LISTEN_ADDR</c>: address and port. Default <c>0.0.0.0:9090</c>.</summary>
    public IPEndPoint ListenAddress { get; init; } = new(IPAddress.Any, 9090);

    /// <summary><c>Role</c>: which tiers this server has. Default all.</summary>
    public ServerRole Role { get; init; } = ServerRole.All;

    /// <summary>Whether other servers change this store's flows, so that what this one did is not all that happened.</summary>
    public bool SharesStore => Role != ServerRole.All || Ingest.Servers == IngestServers.Several;

    /// <summary><c>BROKER_AUTH_TOKEN</c>: the bearer token with every role; null for none.</summary>
    public string? AuthToken { get; init; }

    /// <summary><c>BROKER_AUTH_TOKEN_FILE</c>: where <see cref="AuthToken"/> came from, to be read again when it changes; null for none.</summary>
    public string? AuthTokenFile { get; init; }

    /// <summary><c>Auth:*</c>: tokens with one role, and an OIDC issuer; without any of them all routes are open.</summary>
    public AuthOptions Auth { get; init; } = new();

    /// <summary><c>KGUARDIAN_DATA_DIR</c>: journal and local node. Default <c>./data</c>.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>
    /// <c>ClickHouse:Endpoints</c>, or its short form <c>KGUARDIAN_CLICKHOUSE_URL</c>, with user and password: the addresses of one ClickHouse of the
    /// user's; none starts a local node.
    /// </summary>
    public IReadOnlyList<ClickHouseEndpoint> ClickHouse { get; init; } = [];

    /// <summary>Whether a local node is started.</summary>
    public bool HasLocalNode => ClickHouse.Count == 0;

    /// <summary><c>ClickHouse:Cluster</c>: the cluster of <c>remote_servers</c> whose shards hold the flows; null for one server.</summary>
    public string? Cluster { get; init; }

    /// <summary><c>ClickHouse:*</c>.</summary>
    public ClickHouseClientOptions Client { get; init; } = new();

    /// <summary><c>Node:*</c>: the local node.</summary>
    public LocalNodeOptions Node { get; init; } = new() { DataDirectory = "./data" };

    /// <summary><c>Storage:*</c>: policy, age and compression; a second disk of the local node is in <see cref="Node"/>.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary><c>Ingest:*</c>.</summary>
    public IngestOptions Ingest { get; init; } = new();

    /// <summary><c>Dedup:*</c>.</summary>
    public DedupOptions Dedup { get; init; } = new();

    /// <summary><c>Retention:*</c>.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary><c>Query:*</c>.</summary>
    public QueryOptions Query { get; init; } = new();

    /// <summary><c>Events:*</c>.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary><c>Verdicts:*</c>.</summary>
    public VerdictOptions Verdicts { get; init; } = new();

    /// <summary><c>Topology:*</c>.</summary>
    public TopologyOptions Topology { get; init; } = new();

    /// <summary><c>Upstream:*</c>.</summary>
    public UpstreamOptions Upstream { get; init; } = new();

    /// <summary><c>Forwarding:*</c>.</summary>
    public ForwardingOptions Forwarding { get; init; } = new();

    /// <summary><c>Exports:*</c>.</summary>
    public ExportOptions Exports { get; init; } = new();

    /// <summary><c>Inventory:*</c>.</summary>
    public InventoryOptions Inventory { get; init; } = new();

    /// <summary>
    /// <c>Inventory:AnonymousPodList</c>: networks whose clients get <c>GET /pod/list/{node}</c> without a token, as kguardian's controllers ask for
    /// it. Default none.
    /// </summary>
    public IReadOnlyList<IPNetwork> AnonymousPodList { get; init; } = [];

    /// <summary><c>Http:*</c>.</summary>
    public HttpSettings Http { get; init; } = new();

    /// <summary><c>Console:Enabled</c>: whether browsers get the console at <c>/</c>. Default true.</summary>
    public bool ConsoleEnabled { get; init; } = true;

    /// <summary><c>Traffic:*</c>.</summary>
    public TrafficOptions Traffic { get; init; } = new();

    /// <summary><c>Shutdown:Timeout</c>: longest time for finishing requests and flushing. Default 25 s, within a pod's usual 30.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Whether neither tokens nor an issuer are set: everybody may do everything.</summary>
    internal bool IsOpen => AuthToken is null && Auth.OidcAuthority is null && !TokenFiles().Any();

    /// <summary>The files of tokens that are set.</summary>
    internal IEnumerable<TokenFile> TokenFiles() =>
        AuthTokenFile is { } all ? Auth.Files().Prepend(new TokenFile("BROKER_AUTH_TOKEN_FILE", all, TokenRole.All)) : Auth.Files();

    /// <summary>A setting given as a secret is shown as this.</summary>
    public const string Masked = "********";
}
