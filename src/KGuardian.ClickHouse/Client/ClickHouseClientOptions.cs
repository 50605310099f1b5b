using System.Text.Json.Serialization;

namespace KGuardian.ClickHouse.Client;

/// <summary>How ClickHouse is spoken to.</summary>
internal sealed record ClickHouseClientOptions
{
    /// <summary>Database of unqualified names. Default <c>kguardian</c>.</summary>
    public string Database { get; init; } = "kguardian";

    /// <summary>Longest wait for a TCP (and TLS) connection. Default 3 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest run time of a statement that names none. Default 60 s.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long after its time limit a statement's answer is still waited for, until its head comes. Default 10 s.</summary>
    public TimeSpan AnswerGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most memory of a statement that names no limit, in bytes. Default 4 GiB.</summary>
    public long MemoryLimitBytes { get; init; } = 4L << 30;

    /// <summary>Whether inserted data is compressed on the way (gzip, fastest). Worth it over a network only. Default false.</summary>
    public bool CompressInserts { get; init; }

    /// <summary>ClickHouse settings of every statement; a statement's own of the same name win. Default none.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
    /// <summary>PEM file with the authorities that https endpoints' certificates must come from. Null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>The name that https endpoints' certificates must be for. Null: the address's.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>PEM file with the certificate that is shown to https endpoints; read again when it changes. Null: none.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>PEM file with that certificate's key.</summary>
    public string? ClientKeyFile { get; init; }
}
