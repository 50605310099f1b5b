using System.Globalization;
using System.Net;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Integration.Query.Filters;

/// <summary>What a filter means, written as plainly as possible and without the code under test.</summary>
internal static class NaiveFilter
{
    public static bool Passes(FlowFilter filter, StoredFlow flow) => filter switch
    {
        FlowNot not => !Passes(not.Filter, flow),
        FlowGroup { IsAnd: true } group => group.Filters.All(member => Passes(member, flow)),
        FlowGroup group => group.Filters.Any(member => Passes(member, flow)),
        FlowComparison { Operator: FilterOperator.NotEqual } comparison => !Compare(comparison, FilterOperator.Equal, flow),
        FlowComparison { Operator: FilterOperator.NotIn } comparison => !Compare(comparison, FilterOperator.In, flow),
        FlowComparison comparison => Compare(comparison, comparison.Operator, flow),
        _ => throw new ArgumentException("unknown filter"),
    };

    private static bool Compare(FlowComparison comparison, FilterOperator op, StoredFlow flow)
    {
        var values = comparison.Values;
        return comparison.Field.Name switch
        {
            "uuid" or "time" or "last_seen" or "observations" or "search" when op == FilterOperator.Exists => true,
            "uuid" => values.Contains(flow.Id.ToString()),
            "pod" => Text(flow.PodName, op, values),
            "namespace" => Text(flow.PodNamespace, op, values),
            "pod_ip" => Address(flow.PodIp, op, values),
            "peer_ip" => Address(flow.TrafficInOutIp, op, values),
            "pod_port" => Port(flow.PodPort, op, values),
            "peer_port" => Port(flow.TrafficInOutPort, op, values),
            "protocol" => Protocol(flow.IpProtocol?.ToUpperInvariant(), op, values),
            "direction" => Text(flow.TrafficType?.ToUpperInvariant(), op, values),
            "decision" => Text(flow.Decision?.ToUpperInvariant(), op, values),
            "time" => Order(Cut(flow.TimeStamp, values[0]), op, values[0]),
            "last_seen" => Order(
                Cut(flow.Repeats.Select(repeat => repeat.LastSeen).Append(flow.TimeStamp).Max(StringComparer.Ordinal)!, values[0]), op, values[0]),
            "observations" => Order(1L + flow.Repeats.Sum(repeat => repeat.Observations), op, long.Parse(values[0], CultureInfo.InvariantCulture)),
            "search" => new[] { flow.PodName, flow.PodNamespace, flow.PodIp, flow.TrafficInOutIp }
                .Any(text => text?.Contains(values[0], StringComparison.OrdinalIgnoreCase) == true),
            "workload" => Text(KnownEnds.Pod(flow) is { } pod ? $"wl-{pod}" : null, op, values),
            "workload_kind" => Text(KnownEnds.Pod(flow) is null ? null : "Deployment", op, values),
            "node" => Text(KnownEnds.Pod(flow) is null ? null : "node-1", op, values),
            "labels" => Text(KnownEnds.Pod(flow) is null ? null : """{"app":"x"}""", op, values),
            "label.app" => Text(KnownEnds.Pod(flow) is null ? null : "x", op, values),
            "service" or "peer_service" => false,
            "peer_type" => Text(KnownEnds.Peer(flow) is null ? null : "POD", op, values),
            "peer_namespace" => Text(KnownEnds.Peer(flow) is null ? null : "ns", op, values),
            "peer_pod" => Text(KnownEnds.Peer(flow) is { } peer ? $"pod-{peer}" : null, op, values),
            "peer_workload" => Text(KnownEnds.Peer(flow) is { } peer ? $"wl-{peer}" : null, op, values),
            "peer_workload_kind" => Text(KnownEnds.Peer(flow) is null ? null : "Deployment", op, values),
            "peer_node" => Text(KnownEnds.Peer(flow) is null ? null : "node-1", op, values),
            "peer_labels" => Text(KnownEnds.Peer(flow) is null ? null : """{"app":"x"}""", op, values),
            "peer_label.app" => Text(KnownEnds.Peer(flow) is null ? null : "x", op, values),
            "clientipv4" => IsPodClient(flow) is { } isPod && Address(isPod ? flow.PodIp : flow.TrafficInOutIp, op, values),
            "serveripv4" => IsPodClient(flow) is { } isPod && Address(isPod ? flow.TrafficInOutIp : flow.PodIp, op, values),
            "clientport" => IsPodClient(flow) is { } isPod && KnownPort(isPod ? flow.PodPort : flow.TrafficInOutPort, op, values),
            "serverport" => IsPodClient(flow) is { } isPod && KnownPort(isPod ? flow.TrafficInOutPort : flow.PodPort, op, values),
            "timestamp" => Numbers(Nanoseconds(flow.TimeStamp), op, values),
            // The tests' flows arrive in the first second that there is.
            "rxtimestamp" => Numbers(uint.MaxValue * 1_000_000_000L, op, values),
            "type" => Text("connection", op, values),
            "kubernetes.cluster.name" => Text("here", op, values),
            "kubernetes.deployment.name" => Text(KnownEnds.Pod(flow) is { } pod ? $"wl-{pod}" : null, op, values),
            "kubernetes.service.name" => KnownEnds.Pod(flow) is not null && (Text("selecting", op, values) || Text("another", op, values)),
            "kubernetes.pod.label.app" => Text(KnownEnds.Pod(flow) is null ? null : "x", op, values),
            var name when IsNeverKnown(name) => false,
            _ => throw new ArgumentException("unknown field"),
        };
    }

    /// <summary>The rule of roles, of texts: the two ends that are not ephemeral alike, else the direction.</summary>
    private static bool? IsPodClient(StoredFlow flow)
    {
        var (pod, peer) = (flow.PodPort < 0 ? 0 : flow.PodPort % 65536, flow.TrafficInOutPort < 0 ? 0 : flow.TrafficInOutPort % 65536);
        return pod != 0 && peer != 0 && pod < 32768 && peer >= 32768 ? false
            : pod != 0 && peer != 0 && pod >= 32768 && peer < 32768 ? true
            : flow.TrafficType?.ToUpperInvariant() switch { "EGRESS" => true, "INGRESS" => false, _ => null };
    }

    private static bool KnownPort(int code, FilterOperator op, IReadOnlyList<string> values) => code > 0 && code % 65536 != 0 && Port(code, op, values);

    private static long Nanoseconds(string time)
    {
        var nanoseconds = (DateTime.Parse(time, CultureInfo.InvariantCulture) - DateTime.UnixEpoch).Ticks * (decimal)100;
        return (long)Math.Clamp(nanoseconds, 0, long.MaxValue);
    }

    private static bool Numbers(long number, FilterOperator op, IReadOnlyList<string> values) =>
        op == FilterOperator.Exists
        || (op == FilterOperator.In
            ? values.Contains(number.ToString(CultureInfo.InvariantCulture)) : Order(number, op, long.Parse(values[0], CultureInfo.InvariantCulture)));

    private static bool IsNeverKnown(string name) =>
        name is "anomaly" or "cmdline" or "comm" or "command" or "container" or "containerid" or "cwd" or "directory" or "filename" or "groups" or "host.mac"
            or "name" or "permissions" or "processname" or "resource" or "sourceaddresses" or "stages" or "subresource" or "user" or "useragent" or "agentid"
            or "errorcode" or "loginshelldistance" or "loginshellid" or "pid" or "ppid" or "tty" or "uid" or "kubernetes.cronJob.name"
            or "kubernetes.daemonSet.name" or "kubernetes.job.name" or "kubernetes.replicaSet.name" or "kubernetes.statefulSet.name"
        || name.StartsWith("agent.tag.", StringComparison.Ordinal) || name.StartsWith("kubernetes.namespace.label.", StringComparison.Ordinal);

    private static bool Text(string? text, FilterOperator op, IReadOnlyList<string> values) => text is not null && op switch
    {
        FilterOperator.Equal or FilterOperator.In => values.Contains(text),
        FilterOperator.Contains => text.Contains(values[0], StringComparison.Ordinal),
        FilterOperator.StartsWith => text.StartsWith(values[0], StringComparison.Ordinal),
        _ => op == FilterOperator.Exists,
    };

    private static bool Protocol(string? text, FilterOperator op, IReadOnlyList<string> values) => op is FilterOperator.Equal or FilterOperator.In
        ? text is not null && Number(text) is { } number && values.Any(value => Number(value) == number)
        : Text(text, op, values);

    private static int? Number(string name) => name.ToUpperInvariant() switch
    {
        "ICMP" or "1" or "UNKNOWN(1)" => 1,
        "TCP" or "6" or "UNKNOWN(6)" => 6,
        "UDP" or "17" => 17,
        "ICMPV6" or "58" => 58,
        "SCTP" or "132" => 132,
        "UNKNOWN(47)" or "47" => 47,
        _ => null,
    };

    private static bool Address(string? text, FilterOperator op, IReadOnlyList<string> values)
    {
        if (op is not (FilterOperator.Equal or FilterOperator.In))
        {
            return Text(text, op, values);
        }

        return text is not null && Samples.Addresses.GetValueOrDefault(text) is { } meant && values.Any(value => Holds(value, IPAddress.Parse(meant)));
    }

    private static bool Holds(string value, IPAddress address) =>
        value.Contains('/', StringComparison.Ordinal) ? IPNetwork.Parse(value).Contains(address) : IPAddress.Parse(value).Equals(address);

    private static bool Port(int code, FilterOperator op, IReadOnlyList<string> values)
    {
        if (op == FilterOperator.Exists)
        {
            return code != -1;
        }

        if (code < 0)
        {
            return false;
        }

        return op == FilterOperator.In
            ? values.Contains((code % 65536).ToString(CultureInfo.InvariantCulture))
            : Order(code % 65536, op, int.Parse(values[0], CultureInfo.InvariantCulture));
    }

    private static bool Order<T>(T value, FilterOperator op, T than)
        where T : IComparable<T> => (op, value.CompareTo(than)) switch
        {
            (FilterOperator.Equal, var order) => order == 0,
            (FilterOperator.Less, var order) => order < 0,
            (FilterOperator.LessOrEqual, var order) => order <= 0,
            (FilterOperator.Greater, var order) => order > 0,
            (_, var order) => order >= 0,
        };

    // Both are texts in UTC, and the order of times that are written to the same digit is that of their texts.
    private static string Cut(string stored, string value)
    {
        var digits = value.TrimEnd('Z').Length;
        return stored.Replace(' ', 'T')[..digits] + value[digits..];
    }
}
