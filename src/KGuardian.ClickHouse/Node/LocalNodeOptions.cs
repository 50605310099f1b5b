namespace KGuardian.ClickHouse.Node;

/// <summary>How the local ClickHouse node runs.</summary>
internal sealed record LocalNodeOptions
{
    /// <summary>The program's data directory; the node's files are in <c>clickhouse</c> below it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Loopback port of the HTTP interface; 0 takes a free one.</summary>
    public int HttpPort { get; init; }

    /// <summary>Loopback port of the native protocol; 0 takes a free one.</summary>
    public int TcpPort { get; init; }

    /// <summary>Share of the machine's or container's memory the node may use, 0.05 to 0.9.</summary>
    public double MemoryShare { get; init; } = 0.5;

    /// <summary>How long the node may take until it answers; loading many parts takes long.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a graceful stop may take before the node is killed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Password of the read-only user <c>kguardian_readonly</c>; null generates one and keeps it in the data directory.</summary>
    public string? ReadOnlyPassword { get; init; }

    /// <summary>The one database the read-only user may read: letters, digits and underscores.</summary>
    public string ReadOnlyDatabase { get; init; } = "kguardian";

    /// <summary>Longest a query of the read-only user may run; whole seconds.</summary>
    public TimeSpan ReadOnlyMaxExecutionTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Most rows a query of the read-only user may read.</summary>
    public long ReadOnlyMaxRowsToRead { get; init; } = 1_000_000_000;

    /// <summary>Password of the dashboards' user <c>kguardian_grafana</c>; null generates one and keeps it in the data directory.</summary>
    public string? GrafanaPassword { get; init; }

    /// <summary>What the dashboards' user may read, in <see cref="ReadOnlyDatabase"/>: letters, digits and underscores.</summary>
    public IReadOnlyList<string> GrafanaViews { get; init; } = [];

    /// <summary>
    /// Longest a query of the dashboards' user may run; whole seconds. Grafana's plugin asks for 5 s more than its own timeout, 60 s by default;
    /// were that more than is allowed here, every panel would fail.
    /// </summary>
    public TimeSpan GrafanaMaxExecutionTime { get; init; } = TimeSpan.FromSeconds(65);

    /// <summary>Most rows a query of the dashboards' user may read.</summary>
    public long GrafanaMaxRowsToRead { get; init; } = 1_000_000_000;

    /// <summary>Most rows a query of the dashboards' user may answer; a panel that shows more shows nothing.</summary>
    public long GrafanaMaxResultRows { get; init; } = 100_000;

    /// <summary>Most memory a query of the dashboards' user may take, all of its queries twice as much; null is a quarter of the node's.</summary>
    public long? GrafanaMaxMemoryBytes { get; init; }

    /// <summary>Where BACKUP may write to and RESTORE read from; null is <c>clickhouse/backups</c> in the data directory.</summary>
    public string? BackupDirectory { get; init; }

    /// <summary>A second disk for old days; null: there is none.</summary>
    public ColdDisk? Cold { get; init; }

    /// <summary>
    /// Least severe engine messages to log: <c>fatal</c>, <c>error</c>, <c>warning</c>, <c>information</c>, <c>debug</c> or <c>trace</c>.
    /// </summary>
    public string EngineLogLevel { get; init; } = "warning";

    /// <summary>Checks every option.</summary>
    /// <exception cref="LocalNodeException">One is out of range: named with its value and what is allowed.</exception>
    public void Validate()
    {
        Require(!string.IsNullOrWhiteSpace(DataDirectory), nameof(DataDirectory), DataDirectory, $"a directory ({SettingNames.DataDirectory})");
        Require(HttpPort is >= 0 and <= 65535, nameof(HttpPort), HttpPort, "0 to 65535");
        Require(TcpPort is >= 0 and <= 65535, nameof(TcpPort), TcpPort, "0 to 65535");
        Require(HttpPort == 0 || HttpPort != TcpPort, nameof(TcpPort), TcpPort, "another port than HttpPort");
        Require(MemoryShare is >= 0.05 and <= 0.9, nameof(MemoryShare), MemoryShare, "0.05 to 0.9");
        Require(StartTimeout > TimeSpan.Zero, nameof(StartTimeout), StartTimeout, "more than zero");
        Require(StopTimeout > TimeSpan.Zero, nameof(StopTimeout), StopTimeout, "more than zero");
        Require(ReadOnlyPassword is null or { Length: >= 8 }, nameof(ReadOnlyPassword), "***", "8 characters or more");
        Require(IsName(ReadOnlyDatabase), nameof(ReadOnlyDatabase), ReadOnlyDatabase, "letters, digits and underscores");
        Require(ReadOnlyMaxExecutionTime >= TimeSpan.FromSeconds(1),
            nameof(ReadOnlyMaxExecutionTime), ReadOnlyMaxExecutionTime, "a second or more");
        Require(ReadOnlyMaxRowsToRead > 0, nameof(ReadOnlyMaxRowsToRead), ReadOnlyMaxRowsToRead, "1 or more");
        Require(GrafanaPassword is null or { Length: >= 8 }, nameof(GrafanaPassword), "***", "8 characters or more");
        Require(GrafanaViews.All(IsName), nameof(GrafanaViews), string.Join(", ", GrafanaViews), "letters, digits and underscores");
        Require(GrafanaMaxExecutionTime >= TimeSpan.FromSeconds(1),
            nameof(GrafanaMaxExecutionTime), GrafanaMaxExecutionTime, "a second or more");
        Require(GrafanaMaxRowsToRead > 0, nameof(GrafanaMaxRowsToRead), GrafanaMaxRowsToRead, "1 or more");
        Require(GrafanaMaxResultRows > 0, nameof(GrafanaMaxResultRows), GrafanaMaxResultRows, "1 or more");
        Require(GrafanaMaxMemoryBytes is null or > 0, nameof(GrafanaMaxMemoryBytes), GrafanaMaxMemoryBytes, "1 or more");
        Require(EngineLogLevel is "fatal" or "error" or "warning" or "information" or "debug" or "trace",
            nameof(EngineLogLevel), EngineLogLevel, "fatal, error, warning, information, debug or trace");
    }

    private static bool IsName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static void Require(bool valid, string option, object? value, string allowed)
    {
        if (!valid)
        {
            throw new LocalNodeException($"The local node's option {option} is '{value}', but must be {allowed}.");
        }
    }
}
