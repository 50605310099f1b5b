using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>A field that flows can be filtered by. A further one is one entry here.</summary>
internal sealed class FlowField
{
    /// <summary>The flow's uuid.</summary>
    public static readonly FlowField Uuid = new("uuid", "uuid", new UuidType());

    /// <summary>Name of the pod that reported.</summary>
    public static readonly FlowField Pod = new("pod", "pod_name", new TextType(), "pod_name");

    /// <summary>Its namespace.</summary>
    public static readonly FlowField Namespace = new("namespace", "pod_namespace", new TextType(), "pod_namespace") { SkipIndex = "pod_namespace_index" };

    /// <summary>Its address.</summary>
    public static readonly FlowField PodIp = new("pod_ip", "pod_ip", new AddressType(isKey: true));

    /// <summary>Its port.</summary>
    public static readonly FlowField PodPort = new("pod_port", "pod_port", new PortType());

    /// <summary>The other side's address.</summary>
    public static readonly FlowField PeerIp = new("peer_ip", "traffic_in_out_ip", new AddressType(isKey: false), "traffic_in_out_ip")
    {
        SkipIndex = "peer_address_index",
    };

    /// <summary>The other side's port.</summary>
    public static readonly FlowField PeerPort = new("peer_port", "traffic_in_out_port", new PortType(), "traffic_in_out_port");

    /// <summary>The IP protocol, by name or number.</summary>
    public static readonly FlowField Protocol = new("protocol", "ip_protocol", new ProtocolType(), "ip_protocol");

    /// <summary>INGRESS or EGRESS.</summary>
    public static readonly FlowField Direction = new("direction", "traffic_type", new KeywordType("INGRESS", "EGRESS"), "traffic_type");

    /// <summary>ALLOW, DROP, or what else agents report.</summary>
    public static readonly FlowField Decision = new("decision", "decision", new KeywordType());

    /// <summary>When the flow was first seen.</summary>
    public static readonly FlowField Time = new("time", "time_stamp", new TimeType(), "time_stamp", "first_seen");

    /// <summary>When the flow was last seen.</summary>
    public static readonly FlowField LastSeen = new("last_seen", "time_stamp", new LastSeenType());

    /// <summary>How often the flow was seen, its first observation included.</summary>
    public static readonly FlowField Observations = new("observations", "", new ObservationsType());

    /// <summary>Text in the pod's name, its namespace or an address, whatever its case.</summary>
    public static readonly FlowField Search = new("search", "", new SearchType(), "freeText");

    /// <summary>Every field.</summary>
    public static readonly IReadOnlyList<FlowField> All =
        [Uuid, Pod, Namespace, PodIp, PodPort, PeerIp, PeerPort, Protocol, Direction, Decision, Time, LastSeen, Observations, Search];

    private static readonly Dictionary<string, FlowField> ByName =
        All.SelectMany(field => field.Aliases.Prepend(field.Name).Select(name => (name, field)))
            .ToDictionary(pair => pair.name, pair => pair.field, StringComparer.OrdinalIgnoreCase);

    private FlowField(string name, string column, FieldType type, params string[] aliases)
    {
        Name = name;
        Column = column;
        Type = type;
        Aliases = aliases;
    }

    /// <summary>Its name in filters.</summary>
    public string Name { get; }

    /// <summary>Other names that are accepted: those of the table's columns.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>What may be asked of it.</summary>
    public IReadOnlyList<FilterOperator> Operators => Type.Operators;

    /// <summary>Its values in words, such as "a port (0 to 65535)".</summary>
    public string Values => Type.Expected(Type.Operators[0]);

    internal string Column { get; }

    /// <summary>
    /// The skip index of its values, when they can be anything from rare to everywhere: see <c>PagePlanner</c>. A pod's rows lie together, so
    /// its index is always worth using.
    /// </summary>
    internal string? SkipIndex { get; private init; }

    internal FieldType Type { get; }

    /// <summary>The field called so, in any case.</summary>
    /// <exception cref="FilterException">There is none; it suggests the nearest.</exception>
    public static FlowField Find(string name) =>
        ByName.TryGetValue(name, out var field)
            ? field
            : throw new FilterException(
                $"there is no field {Words.Quote(name)}", "a field: " + Words.Or([.. All.Select(known => known.Name)]),
                NearestName.Of(name, ByName.Keys));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
