using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>What flows are counted by. Names are those of filters.</summary>
internal sealed class FlowDimension
{
    /// <summary>Every dimension.</summary>
    public static readonly IReadOnlyList<FlowDimension> All =
    [
        .. FlowTable.Columns.Where(column => column.IsDimension).Select(column => new FlowDimension(column)),
        .. FlowName.All.Where(name => name.IsCounted).Select(name => new FlowDimension(name)),
    ];

    /// <summary>Those that are columns of the table.</summary>
    public static readonly IReadOnlyList<FlowDimension> OfTable = [.. All.Take(FlowTable.OfSeveral.Count)];

    private readonly string _column;
    private readonly bool _isPort;

    private FlowDimension(FlowColumn column) =>
        (Name, ColumnName, _column, _isPort) = (column.Field!, column.Name, $"t.{column}", column.Type == ColumnType.Port);

    private FlowDimension(FlowName name) => (Name, ColumnName, _column, _isPort, Known) = (name.Name, name.Name, "", false, name);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The name that it is, of one of the ends; null for a column of the table.</summary>
    internal FlowName? Known { get; }

    /// <summary>The column of rows that it is.</summary>
    internal string ColumnName { get; }

    /// <summary>The dimension called so; null when there is none.</summary>
    public static FlowDimension? Find(string name) => All.FirstOrDefault(dimension => dimension.Name == name);

    /// <summary>The dimensions called so.</summary>
    public static FlowDimension[] Of(params string[] names) => [.. names.Select(name => Find(name)!)];

    /// <summary>
    /// What is grouped by: the stored value; ephemeral ports, also with leading zeros, are one value when they collapse. The remainders of the
    /// negative codes, null and the empty text, would be ephemeral ports to ClickHouse.
    /// </summary>
    internal string Key(bool collapsePorts) =>
        _isPort && collapsePorts
            ? $"if({_column} >= 0 AND {_column} % 65536 >= {FlowRoles.FirstEphemeralPort}, {FlowRoles.FirstEphemeralPort}, {_column})" : _column;

    /// <summary>What is shown of the key in <paramref name="column"/>.</summary>
    internal string Text(string column, bool collapsePorts) => (_isPort, collapsePorts) switch
    {
        (true, true) => $"if({column} = {FlowRoles.FirstEphemeralPort}, 'ephemeral', {TrafficColumns.PortText(column)})",
        (true, false) => TrafficColumns.PortText(column),
        _ => column,
    };
}
