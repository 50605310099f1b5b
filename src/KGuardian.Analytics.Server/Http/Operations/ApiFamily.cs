namespace KGuardian.Analytics.Server.Http.Operations;

/// <summary>Routes that belong together, and how their errors look.</summary>
/// <param name="Name">Its tag.</param>
/// <param name="Text">What it is.</param>
/// <param name="Errors">How its errors are written.</param>
internal sealed record ApiFamily(string Name, string Text, ErrorStyle Errors = ErrorStyle.Problem)
{
    public static readonly ApiFamily Traffic = new("traffic", "The routes of kguardian's broker: events in, flows out.");
    public static readonly ApiFamily Inventory = new(
        "inventory", "The broker's routes of pods, services and system calls: what agents say of them in, what is known of them out.");
    public static readonly ApiFamily Audit = new("audit", "The broker's route of audit verdicts: what policies would make of flows.", ErrorStyle.Sentence);
    public static readonly ApiFamily Flows = new("flows", "Flows by window and filter: pages, streams, aggregates.");
    public static readonly ApiFamily FlowReports = new("flow-reports", "Reports on flows, retention and clearing.", ErrorStyle.ErrorText);
    public static readonly ApiFamily Events = new("events", "What was done, and network traffic as events.", ErrorStyle.MessageAndCode);
    public static readonly ApiFamily Topology = new(
        "topology", "Who talks to whom: clusters, namespaces, owners, and the edges between them.", ErrorStyle.StatusMessage)
    {
        EmptyIsAbsent = true,
        Prefix = "/api/v1/networkTopology",
    };

    public static readonly ApiFamily Policies = new(
        "policies", "Network policies: proposed from what was seen, and replayed over it; what changed between two windows.");
    public static readonly ApiFamily NetworkSecurity = new("network-security", "Network policies as other products ask for them.", ErrorStyle.StatusMessage)
    {
        EmptyIsAbsent = true,
    };

    public static readonly ApiFamily SecureEvents = new(
        "secure-events", "What is worth telling somebody: dropped flows, and what audit policies would deny.", ErrorStyle.StatusMessage)
    {
        EmptyIsAbsent = true,
        Prefix = "/api/v1/secureEvents",
    };

    public static readonly ApiFamily Audits = new("audits", "What left pods, as audits of their egress.", ErrorStyle.ErrorCode)
    {
        EmptyIsAbsent = true,
        Prefix = "/v1/audits",
        ParameterStatus = StatusCodes.Status422UnprocessableEntity,
        TimeStatus = StatusCodes.Status504GatewayTimeout,
    };

    public static readonly ApiFamily ActivityAudit = new(
        "activity-audit", "Flows as events of an activity audit: pages by time, traces, counts.", ErrorStyle.StatusMessage)
    {
        EmptyIsAbsent = true,
        Prefix = "/api/v2/activityAudit",
    };

    public static readonly ApiFamily Forwarding = new("forwarding", "Where events are forwarded to: syslog, Splunk, webhooks, OTLP.", ErrorStyle.StatusMessage)
    {
        EmptyIsAbsent = true,
        Prefix = "/api/v1/eventsForwarding",
    };

    public static readonly ApiFamily Exports = new(
        "exports", "Exports by schedule: files of flows, edges and secure events.", ErrorStyle.StatusMessage)
    {
        EmptyIsAbsent = true,
        Prefix = "/api/reporting/v1",
    };

    public static readonly ApiFamily Views = new("views", "Views of the console, kept by name for everybody.");
    public static readonly ApiFamily Administration = new("administration", "Backups, and what is wrong with the store.");
    public static readonly ApiFamily Operations = new("operations", "Health, metrics, version and this document.");

    /// <summary>Whether a query parameter with an empty value counts as not given, as clients of the family always send some.</summary>
    public bool EmptyIsAbsent { get; private init; }

    /// <summary>What its paths begin with, so that what is no route below it is answered in its style; null for none.</summary>
    public string? Prefix { get; private init; }

    /// <summary>The status of a parameter that cannot be taken.</summary>
    public int ParameterStatus { get; private init; } = StatusCodes.Status400BadRequest;

    /// <summary>The status of a query that takes longer than it may.</summary>
    public int TimeStatus { get; private init; } = StatusCodes.Status422UnprocessableEntity;

    /// <summary>All of them, in the order of the document.</summary>
    public static readonly IReadOnlyList<ApiFamily> All =
        [
            Traffic, Inventory, Audit, Flows, FlowReports, Events, Topology, Policies, NetworkSecurity, Audits, ActivityAudit, SecureEvents, Forwarding,
            Exports, Views, Administration, Operations,
        ];

    /// <summary>The family that a request is for: that of its route, else the one whose paths begin as its does; null for none.</summary>
    public static ApiFamily? Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<ApiOperation>()?.Family
        ?? All.FirstOrDefault(family => family.Prefix is { } prefix && context.Request.Path.StartsWithSegments(prefix));
}
