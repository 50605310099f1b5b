namespace KGuardian.Analytics.Server;

/// <summary>The text of <c>--help</c>.</summary>
internal static class Usage
{
    public const string Text = """
        kguardian-analytics: a columnar store for Kubernetes pod traffic, on ClickHouse.

        Usage: kguardian-analytics [--check] [--Section:Name=value ...]

          --check   Validate the configuration, print it with secrets masked, and exit.
          --help    This text.

        Settings come from appsettings.json beside the program, the environment and the command line; later ones win.

          LISTEN_ADDR                     Address and port. Default 0.0.0.0:9090.
          BROKER_AUTH_TOKEN               Bearer token of every route but /health and /metrics, with all roles. Default none: open.
          KGUARDIAN_DATA_DIR              Journal and local ClickHouse node. Default ./data.
          KGUARDIAN_CLICKHOUSE_URL        http(s)://host:port of a ClickHouse server of yours. Default: a local node is started.
          KGUARDIAN_CLICKHOUSE_USER       Its user. Default "default".
          KGUARDIAN_CLICKHOUSE_PASSWORD   Its password. Default none.
                                          Each secret may be given as a file: the same name with _FILE at its end. User, password
                                          and BROKER_AUTH_TOKEN are read again when their file changes.

        Sections, in the environment written KGUARDIAN_INGEST__MAXBODYBYTES for Ingest:MaxBodyBytes:

          Auth:        IngestTokenFile, ReadTokenFile, AdminTokenFile (tokens of one role, one a line; read again when they change)
          ClickHouse:  Endpoints (instead of KGUARDIAN_CLICKHOUSE_URL: several addresses of one ClickHouse with commas between them; all must
                       show the same data, as replicas do), Database, ConnectTimeout, TimeLimit, MemoryLimitBytes, CompressInserts;
                       for https CaFile (PEM; default: the system's authorities), TlsServerName, ClientCertificateFile, ClientKeyFile
          Node:        HttpPort, TcpPort, MemoryShare, StartTimeout, StopTimeout, ReadOnlyPassword, GrafanaPassword,
                       GrafanaMaxExecutionTime, GrafanaMaxRowsToRead, GrafanaMaxResultRows, GrafanaMaxMemoryBytes
          Ingest:      MaxBodyBytes, MaxBufferedBytes, MaxBacklogFlows, LoadInterval, LoadFlows, ActivityInterval,
                       MaxActivityEntries, MaxRejectedRows
          Dedup:       MaxFlowsInMemory
          Retention:   Days
          Query:       TimeLimit, MemoryLimitBytes, MaxTails, MaxConcurrentPerClient, QueuePerClient, CacheTime, CacheBytes
          Traffic:     DefaultLimit
          Shutdown:    Timeout

        Exit codes: 0 ended as asked, 1 the store cannot be served, 2 a setting is wrong.

        """;
}
