using System.Net;

namespace KGuardian.Analytics.Forwarding;

/// <summary>Settings <c>Forwarding:*</c>: where events may be sent to.</summary>
internal sealed record ForwardingOptions
{
    /// <summary>Whether this server sends events. Default yes; off, integrations are kept and changed, and keep their places.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Networks that may be sent to although they are loopback, link-local, multicast, this server's or ClickHouse's. Default none.</summary>
    public IReadOnlyList<IPNetwork> AllowedTargets { get; init; } = [];

    /// <summary>Who sends, as syslog, Splunk and OpenTelemetry show it. Default the machine's name.</summary>
    public string HostName { get; init; } = Environment.MachineName;
}
