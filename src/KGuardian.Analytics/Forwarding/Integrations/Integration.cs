using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Forwarding.Integrations;

/// <summary>Where events go to, and which: as an administrator says.</summary>
internal sealed record Integration
{
    /// <summary>Kinds of targets.</summary>
    public static readonly IReadOnlyList<string> Types = [Syslog, Splunk, Webhook, Otlp];

    /// <summary>RFC 5424 over UDP, TCP or TLS.</summary>
    public const string Syslog = "syslog";

    /// <summary>Splunk's HTTP event collector.</summary>
    public const string Splunk = "splunk";

    /// <summary>JSON by POST, signed.</summary>
    public const string Webhook = "webhook";

    /// <summary>OpenTelemetry's logs over HTTP.</summary>
    public const string Otlp = "otlp";

    /// <summary>Begins with what arrives from its creation on.</summary>
    public const string FromNow = "now";

    /// <summary>Begins with the oldest event that there is.</summary>
    public const string FromOldest = "oldest";

    /// <summary>Grows, and is never used again.</summary>
    public long Id { get; init; }

    /// <summary>1 to 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="Types"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Whether events are sent.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Names of its channels, one or more.</summary>
    public required IReadOnlyList<string> Channels { get; init; }

    /// <summary>Which events; empty for all.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Where it began: <see cref="FromNow"/> or <see cref="FromOldest"/>.</summary>
    public string StartFrom { get; init; } = FromNow;

    /// <summary>Whether events can be lost without anybody knowing.</summary>
    [JsonIgnore]
    public bool IsBestEffort => Type == Syslog && Connection.Protocol == "udp";

    /// <summary>How the target is reached.</summary>
    public required ConnectionInfo Connection { get; init; }
}
