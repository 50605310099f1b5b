using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Topology;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>
/// Reads <see cref="ServerSettings"/>. A key <c>Ingest:MaxBodyBytes</c> comes from the command line (<c>--Ingest:MaxBodyBytes=1</c>), the
/// environment (<c>KGUARDIAN_INGEST__MAXBODYBYTES</c>) or <c>appsettings.json</c>; the broker's own names come as they are.
/// </summary>
/// <remarks>
/// Not by the framework's binder: a setting is one line here, with its range, its default (which may depend on others), its place in the help and in
/// "did you mean". The binder would need the range as an attribute, the rest in a validator, and says of a text that is no number, of a name that is
/// unknown and of one that is empty something else each.
/// </remarks>
internal sealed class SettingsReader(IConfiguration configuration)
{
    /// <summary>Keys that are allowed in the sections that are ours: a misspelt one must not be ignored.</summary>
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="SettingsException">A value cannot be used, or a name is not known.</exception>
    public static ServerSettings Read(IConfiguration configuration, params IEnumerable<string> argumentNames)
    {
        var reader = new SettingsReader(configuration);
        var settings = reader.Read();
        foreach (var name in argumentNames)
        {
            // How much is logged is the framework's to know.
            if (!reader._known.Contains(name) && !name.StartsWith("Logging:", StringComparison.OrdinalIgnoreCase))
            {
                throw reader.NoSuchSetting(name);
            }
        }

        return settings;
    }

    /// <summary>Every name that can be set.</summary>
    public static IReadOnlyList<string> Names()
    {
        var reader = new SettingsReader(new ConfigurationBuilder().Build());
        reader.Read();
        return [.. reader._known.Order(StringComparer.Ordinal)];
    }

    private ServerSettings Read()
    {
        var dataDirectory = Text("DATA_DIR", "KGUARDIAN_DATA_DIR") ?? "./data";
        var ingest = new IngestOptions();
        var client = new ClickHouseClientOptions();
        var node = new LocalNodeOptions { DataDirectory = dataDirectory };
        var query = new QueryOptions();
        var servers = Choice("Ingest:Servers", ingest.Servers);
        var clickHouse = new ClickHouseSettings(this);
        var endpoints = clickHouse.Endpoints();
        var cluster = clickHouse.Cluster(endpoints);
        var (clientCertificate, clientKey) = clickHouse.ClientCertificate();
        var storage = new StorageSettings(this, hasLocalNode: endpoints.Count == 0);
        var cold = storage.Cold();
        var database = clickHouse.Database(client.Database);
        var clusterCidrs = Networks("Topology:ClusterCidrs");
        var topology = new TopologyOptions { ClusterName = ClusterName(), ClusterCidrs = clusterCidrs, HasRollup = Flag("Topology:Rollup", true) };
        var settings = new ServerSettings
        {
            ListenAddress = Listen(),
            Role = Choice("Role", ServerRole.All),
            AuthToken = Token(),
            AuthTokenFile = FileOf("BROKER_AUTH_TOKEN"),
            Auth = new AuthSettings(this).Options(),
            DataDirectory = dataDirectory,
            ClickHouse = endpoints,
            Cluster = cluster,
            Client = client with
            {
                Database = database,
                ConnectTimeout = Time("ClickHouse:ConnectTimeout", client.ConnectTimeout),
                TimeLimit = Time("ClickHouse:TimeLimit", client.TimeLimit),
                MemoryLimitBytes = Number("ClickHouse:MemoryLimitBytes", client.MemoryLimitBytes, 16L << 20, long.MaxValue),
                // Not over loopback: there it only costs.
                CompressInserts = Flag("ClickHouse:CompressInserts", endpoints.Any(endpoint => !endpoint.Url.IsLoopback)),
                CaFile = clickHouse.CaFile(),
                TlsServerName = clickHouse.TlsServerName(),
                ClientCertificateFile = clientCertificate,
                ClientKeyFile = clientKey,
            },
            Node = node with
            {
                HttpPort = (int)Number("Node:HttpPort", node.HttpPort, 0, IPEndPoint.MaxPort),
                TcpPort = (int)Number("Node:TcpPort", node.TcpPort, 0, IPEndPoint.MaxPort),
                MemoryShare = Fraction("Node:MemoryShare", node.MemoryShare, 0.05, 0.9),
                StartTimeout = Time("Node:StartTimeout", node.StartTimeout),
                StopTimeout = Time("Node:StopTimeout", node.StopTimeout),
                ReadOnlyPassword = Password("Node:ReadOnlyPassword"),
                BackupDirectory = Text("Node:BackupDirectory", "Node:BackupDirectory"),
                Cold = cold,
                ReadOnlyDatabase = database,
                GrafanaPassword = Password("Node:GrafanaPassword"),
                GrafanaViews = DashboardViews.Names,
                GrafanaMaxExecutionTime = WholeSeconds("Node:GrafanaMaxExecutionTime", node.GrafanaMaxExecutionTime),
                GrafanaMaxRowsToRead = Number("Node:GrafanaMaxRowsToRead", node.GrafanaMaxRowsToRead, 1, long.MaxValue),
                GrafanaMaxResultRows = Number("Node:GrafanaMaxResultRows", node.GrafanaMaxResultRows, 1, long.MaxValue),
                GrafanaMaxMemoryBytes = configuration["Node:GrafanaMaxMemoryBytes"] is null
                    ? Known<long?>("Node:GrafanaMaxMemoryBytes", null)
                    : Number("Node:GrafanaMaxMemoryBytes", 0, 16L << 20, 1L << 60),
            },
            Storage = storage.Options(cold),
            Ingest = ingest with
            {
                Servers = servers,
                MaxBodyBytes = Number("Ingest:MaxBodyBytes", ingest.MaxBodyBytes, 1024, 1L << 30),
                MaxBufferedBytes = Number("Ingest:MaxBufferedBytes", ingest.MaxBufferedBytes, 1024, 1L << 40),
                MaxBacklogFlows = (int)Number("Ingest:MaxBacklogFlows", ingest.MaxBacklogFlows, 1, 10_000_000),
                LoadInterval = Time("Ingest:LoadInterval", cluster is null ? ingest.LoadInterval : IngestOptions.ClusterLoadInterval),
                LoadFlows = (int)Number("Ingest:LoadFlows", cluster is null ? ingest.LoadFlows : IngestOptions.ClusterLoadFlows, 1, 1_000_000),
                ResendWindow = Time("Ingest:ResendWindow", ingest.ResendWindow, orZero: true),
                FutureTolerance = Time("Ingest:FutureTolerance", ingest.FutureTolerance, orZero: true),
                ActivityInterval = Time("Ingest:ActivityInterval", ingest.ActivityInterval),
                MaxActivityEntries = (int)Number("Ingest:MaxActivityEntries", ingest.MaxActivityEntries, 1, 100_000_000),
                MaxRejectedRows = (int)Number("Ingest:MaxRejectedRows", ingest.MaxRejectedRows, 0, 10_000_000),
            },
            Dedup = new DedupOptions
            {
                MemoryBytes = Number("Dedup:MemoryBytes", new DedupOptions().MemoryBytes, DedupOptions.LeastMemoryBytes, 1L << 40),
            },
            Retention = new RetentionOptions
            {
                Days = (int)Number("Retention:Days", new RetentionOptions().Days, 0, RetentionPolicy.MaxDays),
                VerdictDays = (int)Number("Retention:VerdictDays", new RetentionOptions().VerdictDays, 0, RetentionPolicy.MaxDays),
            },
            Query = query with
            {
                RowsMayRepeat = servers == IngestServers.Several,
                // Of several servers flows may show late, and twice.
                HasRollup = topology.HasRollup && servers == IngestServers.One,
                TimeLimit = Time("Query:TimeLimit", query.TimeLimit),
                MemoryLimitBytes = Number("Query:MemoryLimitBytes", query.MemoryLimitBytes, 16L << 20, long.MaxValue),
                MaxTails = (int)Number("Query:MaxTails", query.MaxTails, 0, 10_000),
                MaxConcurrentPerClient = (int)Number("Query:MaxConcurrentPerClient", query.MaxConcurrentPerClient, 1, 10_000),
                QueueTime = Time("Query:QueueTime", query.QueueTime, orZero: true),
                QueuePerClient = (int)Number("Query:QueuePerClient", query.QueuePerClient, 0, 100_000),
                CacheTime = Time("Query:CacheTime", query.CacheTime, orZero: true),
                CacheBytes = Number("Query:CacheBytes", query.CacheBytes, 1L << 20, 1L << 40),
            },
            Inventory = new InventoryOptions
            {
                MaxBytes = Number("Inventory:MaxBytes", new InventoryOptions().MaxBytes, 1L << 20, 1L << 40),
                FollowInterval = Time("Inventory:FollowInterval", new InventoryOptions().FollowInterval),
            },
            Verdicts = new VerdictSettings(this).Options(),
            Events = new EventSettings(this).Options(clusterCidrs),
            Upstream = new UpstreamSettings(this).Options(),
            Forwarding = new ForwardingSettings(this).Options(),
            Exports = new ExportSettings(this).Options(),
            Topology = topology,
            AnonymousPodList = Networks("Inventory:AnonymousPodList"),
            Http = Http(),
            ConsoleEnabled = Flag("Console:Enabled", true),
            Traffic = new TrafficSettings(this).Options(),
            ShutdownTimeout = Time("Shutdown:Timeout", TimeSpan.FromSeconds(25)),
        };
        foreach (var file in settings.TokenFiles())
        {
            // A file that cannot be used is an error now, not at the first request.
            file.Read();
        }

        RefuseUnknown("Auth", "ClickHouse", "Console", "Http", "Node", "Storage", "Ingest", "Dedup", "Inventory", "Retention", "Query", "Traffic", "Topology",
            "Upstream", "Events", "Exports", "Forwarding", "Verdicts", "Shutdown");
        return settings;
    }

    private IPEndPoint Listen()
    {
        Known<string?>("LISTEN_ADDR", null);
        var text = configuration["LISTEN_ADDR"];
        return text is null ? new IPEndPoint(IPAddress.Any, 9090)
            : IPEndPoint.TryParse(text, out var address) && HasPort(text, address) ? address
            : throw new SettingsException("LISTEN_ADDR", text, "it must be an IP address and a port, such as 0.0.0.0:9090 or [::]:9090");
    }

    /// <summary>Without a port the parser gives 0, which is also how a free port is asked for.</summary>
    private static bool HasPort(string text, IPEndPoint address) => address.Port != 0 || text.EndsWith(":0", StringComparison.Ordinal);

    private HttpSettings Http()
    {
        const string Base = "Http:PathBase";
        var pathBase = Text(Base, Base);
        return new HttpSettings
        {
            TrustedProxies = Networks("Http:TrustedProxies"),
            PathBase = pathBase is null || HttpSettings.IsPathBase(pathBase) ? pathBase
                : throw new SettingsException(
                    Base, pathBase, "it must be a path such as /kguardian: a slash before each part and none behind, letters, digits, - . _ ~"),
        };
    }

    private string? ClusterName()
    {
        const string Key = "Topology:ClusterName";
        return Text(Key, Key) is not { } name ? null
            : name.Length <= 253 && !name.Any(char.IsControl) && name.Trim() == name ? name
            : throw new SettingsException(Key, name, "it must be a name of at most 253 characters without control characters and without blanks around it");
    }

    internal IReadOnlyList<IPNetwork> Networks(string key) =>
        Text(key, key) is not { } text ? []
        : HttpSettings.ParseNetworks(text) ?? throw new SettingsException(
            key, text, "it must be addresses and networks with commas between them, such as 10.0.0.7,10.244.0.0/16,fd00::/8");

    /// <summary>A value, or the content of the file that the setting with <c>_FILE</c> at its end names.</summary>
    internal string? Secret(string key)
    {
        var fileKey = FileKey(key);
        Known<string?>(fileKey, null);
        var plain = Text(key, key);
        if (FileOf(key) is not { } path)
        {
            return plain is null ? null
                : SecretText.Clean(plain) is { Length: > 0 } secret ? secret
                // Not "no token" either: only a variable that is empty, or not there, says that there is none.
                : throw new SettingsException(key, ServerSettings.Masked, "it must hold more than white space");
        }

        try
        {
            return SecretText.Read(path);
        }
        catch (InvalidDataException e)
        {
            // Not "no token": whoever names a file does not want an open server.
            throw new SettingsException(fileKey, path, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(fileKey, path, $"it must name a readable file: {e.Message}");
        }
    }

    /// <summary>A file's path, when its content can be used.</summary>
    internal string? PemFile(string key, Action<string> read)
    {
        if (Text(key, key) is not { } path)
        {
            return null;
        }

        try
        {
            read(path);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException or ArgumentException)
        {
            throw new SettingsException(key, path, $"it must name a readable PEM file: {e.Message}");
        }
    }

    /// <summary>The file that a secret comes from; null when it is none.</summary>
    internal string? FileOf(string key) => configuration[FileKey(key)] is { Length: > 0 } path ? path : null;

    private static string FileKey(string key) => key.Contains(':', StringComparison.Ordinal) ? key + "File" : key + "_FILE";

    /// <summary>The single token; of a file with several, the first.</summary>
    private string? Token()
    {
        const string Key = "BROKER_AUTH_TOKEN";
        if (FileOf(Key) is { } path)
        {
            Known<string?>(Key, null);
            Known<string?>(FileKey(Key), null);
            return new TokenFile(FileKey(Key), path, TokenRole.All).Read()[0];
        }

        return Secret(Key) is not { } token ? null
            : BearerToken.IsValid(token) ? token
            : throw new SettingsException(Key, ServerSettings.Masked, BearerToken.Form);
    }

    private string? Password(string key) =>
        Secret(key) is not { } password ? null
        : password.Length >= 8 ? password
        : throw new SettingsException(key, ServerSettings.Masked, "it must have 8 characters or more");

    internal string? Text(string key, string shownAs)
    {
        Known<string?>(key, null);
        return configuration[key] is not { } value ? null
            : value.Length > 0 ? value
            // An empty variable is how charts leave one out.
            : shownAs.Contains("DATA_DIR", StringComparison.Ordinal) ? throw new SettingsException(shownAs, value, "it must name a directory") : null;
    }

    internal long Number(string key, long fallback, long least, long most)
    {
        Known(key, fallback);
        return configuration[key] is not { } text ? fallback
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
            : throw new SettingsException(key, text, $"it must be a whole number from {least} to {most}");
    }

    private double Fraction(string key, double fallback, double least, double most)
    {
        Known(key, fallback);
        return configuration[key] is not { } text ? fallback
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
            : throw new SettingsException(key, text, string.Create(CultureInfo.InvariantCulture, $"it must be a number from {least} to {most}"));
    }

    internal bool Flag(string key, bool fallback)
    {
        Known(key, fallback);
        return configuration[key] is not { } text ? fallback
            : bool.TryParse(text, out var value) ? value
            : throw new SettingsException(key, text, "it must be true or false");
    }

    /// <summary>One of an enumeration's names, in lower case.</summary>
    private T Choice<T>(string key, T fallback)
        where T : struct, Enum
    {
        Known(key, fallback);
        var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToArray();
        return configuration[key] is not { Length: > 0 } text ? fallback
            : names.Contains(text) ? Enum.Parse<T>(text, ignoreCase: true)
            : throw new SettingsException(key, text, $"it must be one of {string.Join(", ", names)}");
    }

    internal TimeSpan Time(string key, TimeSpan fallback, bool orZero = false, TimeSpan? longest = null)
    {
        Known(key, fallback);
        var most = longest ?? TimeSpan.FromDays(1);
        return configuration[key] is not { } text ? fallback
            : TimeSpan.TryParseExact(text, ["c", @"h\:mm\:ss"], CultureInfo.InvariantCulture, out var value)
                && (value >= TimeSpan.FromMilliseconds(1) || (orZero && value == TimeSpan.Zero)) && value <= most ? value
            : throw new SettingsException(
                key, text,
                $"it must be {(orZero ? "0:00:00 for off, or " : "")}a time from 00:00:00.001 to {most.Days}.00:00:00, written [days.]hh:mm:ss[.fraction]");
    }

    // What ClickHouse limits in seconds: a fraction would be cut to none.
    private TimeSpan WholeSeconds(string key, TimeSpan fallback) =>
        Time(key, fallback) is var time && time.Ticks % TimeSpan.TicksPerSecond == 0 ? time
            : throw new SettingsException(key, configuration[key], "it must be whole seconds from 00:00:01 to 1.00:00:00, written [days.]hh:mm:ss");

    private T Known<T>(string key, T value)
    {
        _known.Add(key);
        return value;
    }

    private void RefuseUnknown(params string[] sections)
    {
        foreach (var setting in sections.SelectMany(section => configuration.GetSection(section).AsEnumerable()))
        {
            if (setting.Value is not null && !_known.Contains(setting.Key))
            {
                throw NoSuchSetting(setting.Key);
            }
        }
    }

    private SettingsException NoSuchSetting(string key) =>
        new(
            key, configuration[key],
            string.Equals(key, "Dedup:MaxFlowsInMemory", StringComparison.OrdinalIgnoreCase)
                ? "the number of flows is not bounded by memory any more: Dedup:MemoryBytes says how much of it known flows may take "
                    + "(26 bytes a flow until now)"
            : $"there is no such setting{(NearestName.Of(key, _known) is { } nearest ? $", did you mean {nearest}?" : ";")} "
            + $"Known are {string.Join(", ", _known.Order())}");
}
