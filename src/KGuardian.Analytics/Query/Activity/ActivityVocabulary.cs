using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Sql;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>
/// The fields that filters of the activity audit have: those that its document names, and every native one. What flows do not hold is known by name and
/// has no value: see <see cref="NeverKnownType"/>.
/// </summary>
internal static class ActivityVocabulary
{
    /// <summary>The types of events, of which flows are connections.</summary>
    public static readonly IReadOnlyList<string> Types = ["command", Connection, "fileaccess", "kubernetes"];

    /// <summary>The type of a flow.</summary>
    public const string Connection = "connection";

    /// <summary>Kinds of workloads whose name is a field of its own.</summary>
    private static readonly (string Field, string Kind)[] Workloads =
    [
        ("cronJob", "CronJob"), ("daemonSet", "DaemonSet"), ("deployment", "Deployment"), ("job", "Job"), ("replicaSet", "ReplicaSet"),
        ("statefulSet", "StatefulSet"),
    ];

    private static readonly string[] UnknownTexts =
    [
        "anomaly", "cmdline", "comm", "command", "container", "containerid", "cwd", "directory", "filename", "groups", "host.mac", "permissions",
        "processname", "resource", "sourceaddresses", "stages", "subresource", "user", "useragent",
    ];

    private static readonly string[] UnknownNumbers =
        ["agentid", "errorcode", "loginshelldistance", "loginshellid", "pid", "ppid", "tty", "uid"];

    private static readonly string[] UnknownPrefixes = ["agent.tag.", "aws.", "container.", "gcp.", "image.", "kubernetes.namespace.label."];

    /// <summary>The vocabulary of a store.</summary>
    /// <param name="cluster">The cluster's name; null when none is configured.</param>
    public static FilterVocabulary Of(string? cluster) => new(
        "activity audit", [.. FieldsOf(cluster), new FlowField("id", "", new EventIdType(sql => sql.FlowId)), Unknown("name", isNumber: false)], Prefixes,
        nullIsAbsent: true);

    /// <summary>What families of routes about flows as events have in common.</summary>
    /// <param name="cluster">The cluster's name; null when none is configured.</param>
    internal static IEnumerable<FlowField> FieldsOf(string? cluster) =>
        [
            .. FlowField.All.Where(field => field != FlowField.Direction).Select(field => field.Called(AliasesOf(field))),
            new FlowField("direction", FlowTable.TrafficType.Name, new KeywordType([.. FlowTable.TrafficType.Words])
            {
                Synonyms = new Dictionary<string, string> { ["IN"] = "INGRESS", ["OUT"] = "EGRESS" },
            }, FlowTable.TrafficType.Name),
            Address("clientipv4", isClient: true), Port("clientport", isClient: true), Address("serveripv4", isClient: false),
            Port("serverport", isClient: false),
            new FlowField("timestamp", "", new NanosecondsType(IsSeenFrom)), new FlowField("rxtimestamp", "", new NanosecondsType(HasArrivedFrom)),
            new FlowField("type", "", new ConstantType(Connection, [.. Types])),
            new FlowField("kubernetes.cluster.name", "", cluster is null ? new NeverKnownType(isNumber: false) : new ConstantType(cluster)),
            new FlowField("kubernetes.service.name", "", new ServiceType()),
            .. Workloads.Select(workload => new FlowField($"kubernetes.{workload.Field}.name", "", new NameType(
                NameKey.Pod, _ => $"if(h.workload_kind = '{workload.Kind}', nullIf(h.workload, ''), NULL)"))),
            .. UnknownTexts.Select(name => Unknown(name, isNumber: false)), .. UnknownNumbers.Select(name => Unknown(name, isNumber: true)),
        ];

    /// <summary>Fields by prefix, of all these families.</summary>
    internal static IEnumerable<FieldPrefix> Prefixes { get; } =
        [
            .. FlowName.Labels.Select(label => new FieldPrefix(label.Prefix, key => FlowField.OfLabel(label.Prefix + key, label.Key, key))),
            new FieldPrefix("kubernetes.pod.label.", key => FlowField.OfLabel($"kubernetes.pod.label.{key}", NameKey.Pod, key)),
            .. UnknownPrefixes.Select(prefix => new FieldPrefix(prefix, key => Unknown(prefix + key, isNumber: false))),
        ];

    private static string[] AliasesOf(FlowField field) => field.Name switch
    {
        "pod" => ["kubernetes.pod.name", "container.label.io.kubernetes.pod.name"],
        "namespace" => ["kubernetes.namespace.name", "container.label.io.kubernetes.pod.namespace"],
        "workload" => ["kubernetes.workload.name"],
        "workload_kind" => ["kubernetes.workload.type"],
        "node" => ["kubernetes.node.name", "host.hostName"],
        "protocol" => ["l4protocol"],
        "observations" => ["count"],
        _ => [],
    };

    private static FlowField Address(string name, bool isClient) => new(name, "", new EndType(
        isClient, (FlowTable.PodIp, new AddressType(isKey: true)), (FlowTable.TrafficInOutIp, new AddressType(isKey: false))));

    private static FlowField Port(string name, bool isClient) => new(name, "", new EndType(
        isClient, (FlowTable.PodPort, new PortType(zeroIsNone: true)), (FlowTable.TrafficInOutPort, new PortType(zeroIsNone: true))));

    /// <summary>A documented field that nothing here has a value of.</summary>
    internal static FlowField Unknown(string name, bool isNumber) => new(name, "", new NeverKnownType(isNumber));

    private static string IsSeenFrom(FilterSqlWriter sql, long nanoseconds) =>
        $"{sql.Column(FlowTable.TimeStamp.Name)} >= {TimeType.Bind(sql, NanosecondTime.AtLeast(nanoseconds))}";

    /// <summary>The arrival is known to the second; the column falls as it grows, see <see cref="FlowTable.Version"/>.</summary>
    private static string HasArrivedFrom(FilterSqlWriter sql, long nanoseconds)
    {
        var seconds = ((nanoseconds - 1) / NanosecondTime.OfSecond) + 1;
        return seconds > uint.MaxValue ? "0"
            : $"{sql.Column(FlowTable.Version.Name)} <= {sql.Bind((uint.MaxValue - seconds).ToString(CultureInfo.InvariantCulture), "UInt32")}";
    }
}
