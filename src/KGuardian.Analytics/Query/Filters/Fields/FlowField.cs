using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>
/// A field that flows can be filtered by: a column that <see cref="FlowTable"/> gives a field's name, or something that is found out about a flow.
/// </summary>
internal sealed class FlowField
{
    private static readonly Dictionary<FlowColumn, FlowField> OfColumns =
        FlowTable.Columns.Where(column => column.Field is not null).ToDictionary(column => column, column => new FlowField(column));

    /// <summary>Name of the pod that reported.</summary>
    public static readonly FlowField Pod = OfColumns[FlowTable.PodName];

    /// <summary>Its namespace.</summary>
    public static readonly FlowField Namespace = OfColumns[FlowTable.PodNamespace];

    /// <summary>Its address.</summary>
    public static readonly FlowField PodIp = OfColumns[FlowTable.PodIp];

    /// <summary>Its port.</summary>
    public static readonly FlowField PodPort = OfColumns[FlowTable.PodPort];

    /// <summary>The other side's address.</summary>
    public static readonly FlowField PeerIp = OfColumns[FlowTable.TrafficInOutIp];

    /// <summary>The other side's port.</summary>
    public static readonly FlowField PeerPort = OfColumns[FlowTable.TrafficInOutPort];

    /// <summary>The IP protocol, by name or number.</summary>
    public static readonly FlowField Protocol = OfColumns[FlowTable.IpProtocol];

    /// <summary>INGRESS or EGRESS.</summary>
    public static readonly FlowField Direction = OfColumns[FlowTable.TrafficType];

    /// <summary>ALLOW, DROP, or what else agents report.</summary>
    public static readonly FlowField Decision = OfColumns[FlowTable.Decision];

    /// <summary>When the flow was last seen.</summary>
    public static readonly FlowField LastSeen = new("last_seen", FlowTable.TimeStamp.Name, new LastSeenType());

    /// <summary>How often the flow was seen, its first observation included.</summary>
    public static readonly FlowField Observations = new("observations", "", new ObservationsType());

    /// <summary>Text in the pod's name, its namespace or an address, whatever its case.</summary>
    public static readonly FlowField Search = new("search", "", new SearchType(), "freeText");

    /// <summary>Every field.</summary>
    public static readonly IReadOnlyList<FlowField> All = [.. OfColumns.Values, LastSeen, Observations, Search, .. FlowName.All.Select(OfName)];

    private FlowField(FlowColumn column)
        : this(column.Field!, column.Name, TypeOf(column), [column.Name, .. column.Aliases]) => SkipIndex = column.SkipIndex;

    /// <summary>A field.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="column">The column of the table that is compared; empty when its type finds out for itself.</param>
    /// <param name="type">What its values are.</param>
    /// <param name="aliases">Other names.</param>
    internal FlowField(string name, string column, FieldType type, params string[] aliases)
    {
        Name = name;
        Column = column;
        Type = type;
        Aliases = [.. aliases.Where(alias => alias != name)];
    }

    private FlowField(FlowField field, FieldType type, bool nullIsAbsent, IEnumerable<string> aliases)
        : this(field.Name, field.Column, type, [.. field.Aliases, .. aliases]) => (SkipIndex, NullIsAbsent) = (field.SkipIndex, nullIsAbsent);

    /// <summary>Its name in filters.</summary>
    public string Name { get; }

    /// <summary>Other names that are accepted: those of the table's columns.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>What may be asked of it.</summary>
    public IReadOnlyList<FilterOperator> Operators => Type.Operators;

    /// <summary>Its values in words, such as "a port (0 to 65535)".</summary>
    public string Values => Type.Expected(Type.Operators[0]);

    /// <summary>Its values, where they are few; none where they are any.</summary>
    public IReadOnlyList<string> KnownValues => Type.KnownValues;

    internal string Column { get; }

    /// <summary>
    /// The skip index of its values, when they can be anything from rare to everywhere: see <c>PagePlanner</c>. A pod's rows lie together, so
    /// its index is always worth using.
    /// </summary>
    internal string? SkipIndex { get; }

    /// <summary>Whether it is what the inventory knows of one of the ends, as of the flow's time.</summary>
    public bool IsName => Type is NameType;

    /// <summary>Whether it is text that is looked for wherever it may be.</summary>
    internal bool IsSearch => Type is SearchType or AlwaysThereType { Inner: SearchType };

    /// <summary>Whether repeats of the flow count, which are not known when it arrives.</summary>
    internal bool IsActivity =>
        Type is LastSeenType or ObservationsType or AlwaysThereType { Inner: LastSeenType } or AlwaysThereType { Inner: ObservationsType };

    internal FieldType Type { get; }

    /// <summary>Whether a bare <c>null</c> behind = or != is no text but says that there is no value.</summary>
    internal bool NullIsAbsent { get; }

    /// <summary>The same field with more names.</summary>
    public FlowField Called(params string[] aliases) => new(this, Type, NullIsAbsent, aliases);

    /// <summary>The field of one label of an end, whose key is compared exactly.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="key">Whose label it is.</param>
    /// <param name="label">The label's key.</param>
    public static FlowField OfLabel(string name, NameKey key, string label) => new(name, "", new NameType(key, sql =>
    {
        var bound = sql.Bind(label);
        return $"if(mapContains(h.labels, {bound}), h.labels[{bound}], NULL)";
    }));

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The same field, to which a bare null is no text, and which can be asked whether it is there.</summary>
    internal FlowField WithNull() =>
        new(this, Operators.Contains(FilterOperator.Exists) ? Type : new AlwaysThereType(Type), nullIsAbsent: true, []);

    private static FlowField OfName(FlowName name) => new(name.Name, "", new NameType(name.Key, _ => $"nullIf({name.ValueSql}, '')"));

    private static FieldType TypeOf(FlowColumn column) => column.Kind switch
    {
        ValueKind.Text => new TextType(),
        ValueKind.Word => new KeywordType([.. column.Words]),
        ValueKind.Address => new AddressType(isKey: column == FlowTable.Key[0]),
        ValueKind.Protocol => new ProtocolType(),
        ValueKind.Port => new PortType(),
        ValueKind.Uuid => new UuidType(),
        ValueKind.Time => new TimeType(),
        _ => throw new InvalidOperationException($"values of the column {column.Name} cannot be compared: say how here"),
    };
}
