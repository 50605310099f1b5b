using System.Text;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>What <c>--help</c> says about settings and exit codes. The sections are what the reader of settings knows: a new one is here by itself.</summary>
internal static class Usage
{
    private const string Top = """
        Settings come from appsettings.json beside the program, the environment and the command line (--Section:Name=value); later ones win.

          LISTEN_ADDR                     Address and port. Default 0.0.0.0:9090.
          BROKER_AUTH_TOKEN               Bearer token of every route but /health and /metrics, with all roles. Default none: open.
          KGUARDIAN_ROLE                  Role: all, ingest (takes events in, clears, drops what has expired) or query (answers). Default all.
          KGUARDIAN_DATA_DIR              Journal and local ClickHouse node. Default ./data.
          KGUARDIAN_CLICKHOUSE_URL        http(s)://host:port of a ClickHouse server of yours. Default: a local node is started.
          KGUARDIAN_CLICKHOUSE_USER       Its user. Default "default".
          KGUARDIAN_CLICKHOUSE_PASSWORD   Its password. Default none.
                                          Each secret may be given as a file: the same name with _FILE at its end. User, password
                                          and BROKER_AUTH_TOKEN are read again when their file changes. White space around a secret
                                          is no part of it.

        Sections, in the environment written KGUARDIAN_INGEST__MAXBODYBYTES for Ingest:MaxBodyBytes:


        """;

    private const string Bottom = """

        Files of Auth hold tokens of one role, one a line (# begins a comment), and are read again when they change. A token has 6 characters or more
        of A-Z a-z 0-9 - . _ ~ + / and may end with =. Beside them, JWTs of OidcAuthority (https://idp.example/realms/cluster) for OidcAudience are taken: their
        OidcRoleClaim (default roles; a list, or a text with spaces; dots lead inside: realm_access.roles) holds OidcIngestRole, OidcReadRole or OidcAdminRole
        (kguardian-ingest, -read, -admin). OidcCaFile (PEM) is for the issuer's certificate. With OidcClientId, a public client of the issuer, people sign in to
        the console there, with OidcScopes (default openid). Http:TrustedProxies are addresses and networks with commas between them, whose X-Forwarded-For,
        -Proto, -Host and -Prefix are believed; those of Inventory:AnonymousPodList get GET /pod/list/{node} without a token; Http:PathBase is the path under which clients see the routes, such as /kguardian. A client's queries beyond
        Query:MaxConcurrentPerClient wait for Query:QueueTime, Query:QueuePerClient of them at most. ClickHouse:Endpoints takes several addresses of one
        ClickHouse with commas between them, instead of KGUARDIAN_CLICKHOUSE_URL; all must show the same data, as replicas do. For https there are
        CaFile (PEM; default: the system's authorities), TlsServerName, ClientCertificateFile and ClientKeyFile.
        Storage:Codec is LZ4 or ZSTD(1) to ZSTD(22). Days older than ColdAfterDays go to the local node's ColdPath or ColdS3Endpoint (with its two keys), or
        to the last volume of Policy of a ClickHouse of yours.

        Console:Enabled=false takes the console, which browsers get at /, off this server.
        Traffic:Contract is documented, or upstream-2026-09 for what the broker of September 2026 does: reads are bounded.
        Upstream:BrokerUrl, with Upstream:Token, gets what is accepted here as well: the broker that a cluster moves over from.
        Verdicts:EvaluatorUrl (or EVALUATOR_URL) is asked about each new flow at /evaluate below it, Verdicts:MaxInFlight (or AUDIT_INFLIGHT_PERMITS)
        times at once; its answers are behind GET /audit/verdicts.
        Events:Rules:NAME:Enabled and :Severity (0, the gravest, to 7) set what raises secure events: flow-dropped, edge-new, outside-network-new, and
        policy-would-deny. For Events:LearnFor (default 1.00:00:00) after a store's first flow, and after a clear, edges and networks are learnt and raise
        nothing. Events:CollapsePorts=true makes one event of dropped flows that differ in an ephemeral port only.
        Forwarding:AllowedTargets are networks that events may be sent to although they are loopback, link-local, multicast, this server's or ClickHouse's;
        Forwarding:HostName is who sends. Forwarding:Enabled=false sends nothing, and keeps integrations and their places.
        Exports:MaxBytes bounds all files that schedules make, the oldest go first; Exports:TimeLimit is for one of them. Exports:Enabled=false makes none.
        Exports:S3Endpoint is a bucket for them, with S3Region, S3AccessKey and S3SecretKey.
        Topology:ClusterName is the cluster's name on maps; Topology:ClusterCidrs, with commas, are its networks: what nobody has is inside or outside of them.
        Topology:Rollup=false keeps no grouped flows for maps and policies, which then read flows one by one.

        Exit codes: 0 ended as asked, 1 it could not be done, 2 a setting or an option is wrong; of doctor and policy check also 3 for
                    warnings and 4 for errors; of import 3 for rows that cannot be stored; of export --verify 3 for what is not finished and 4 for
                    what is wrong; of check-agent 4 for a step that failed.

        Verbs that ask a server find it in --server, KGUARDIAN_SERVER, what runs on KGUARDIAN_DATA_DIR, or server = URL in ~/.config/kguardian/config
        (which others may not read; --profile or KGUARDIAN_PROFILE names a [section] there), and their token in --token-file, KGUARDIAN_TOKEN,
        KGUARDIAN_TOKEN_FILE, or token = TEXT or token-file = PATH there. For https: --ca-file, KGUARDIAN_CA_FILE or ca-file = PATH, and a certificate of
        yours in KGUARDIAN_CLIENT_CERTIFICATE_FILE and KGUARDIAN_CLIENT_KEY_FILE, or client-certificate-file and client-key-file there. backup, clock and
        doctor heed of that file only a profile that is named.

        """;

    private const int Indent = 15;
    private const int Width = 130;

    public static string Text { get; } = Top + Sections() + Bottom;

    private static string Sections()
    {
        var text = new StringBuilder();
        var names = SettingsReader.Names();
        var sections = names.Where(name => name.Contains(':', StringComparison.Ordinal) && !IsFileOfSecret(name, names))
            .GroupBy(name => name[..name.IndexOf(':', StringComparison.Ordinal)], name => name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        foreach (var section in sections)
        {
            var line = $"  {section.Key}:".PadRight(Indent);
            foreach (var name in section)
            {
                if (line.Length + name.Length > Width)
                {
                    text.Append(line.TrimEnd()).Append('\n');
                    line = new string(' ', Indent);
                }

                line += $"{name}, ";
            }

            text.Append(line[..^2]).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The text above says how those are named.</summary>
    private static bool IsFileOfSecret(string name, IReadOnlyList<string> names) =>
        name.EndsWith("File", StringComparison.Ordinal) && names.Contains(name[..^"File".Length]);
}
