using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.SecureEvents;

namespace KGuardian.Analytics.Exports.Sources;

/// <summary>
/// Secure events, oldest first, a flat row each. Arrival is when they were raised. Those that would have happened only where a filter asks for a category
/// or a rule.
/// </summary>
/// <param name="runner">Reads them.</param>
/// <param name="cluster">The cluster's name; null when none is configured.</param>
internal sealed class EventSource(FlowQueryRunner runner, string? cluster) : ExportSource("events", "secure_events", EventVocabulary.Of(cluster), runner)
{
    private static readonly (string Name, Func<RowFormat, string> Sql)[] Columns =
    [
        Own("id", FlowEventId.Sql("t.time_stamp", "t.event_hash")),
        Own("rule", "t.rule"),
        Own("category", $"if({EventRows.IsOf(EventCategory.Simulation)}, 'simulation', 'runtime')"),
        Own("severity", "t.severity"),
        .. FlowTable.Shown.Select(column => (column.Name, (Func<RowFormat, string>)(format => RowSelect.Columns([column], format)))),
        .. new[] { "peer_namespace", "peer_name", "policy_uid", "policy_namespace", "policy_name", "reason" }.Select(name => Own(name, $"t.{name}")),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Fields { get; } = [.. Columns.Select(column => column.Name)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultFields => Fields;

    /// <inheritdoc/>
    public override async Task<ExportRows> OpenAsync(ExportRequest request, long? limit, CancellationToken cancellationToken)
    {
        var (rows, selection) = await NarrowAsync(request.Selection, cancellationToken);
        var select = string.Join(", ", request.Fields.Select(field => Columns.First(column => column.Name == field).Sql(request.Format)));
        var answer = await Runner.ReadAsync(selection, shown => Runner.StreamAsync(
            shown.Query(where => $$"""
                SELECT {{select}} FROM {{EventRows.From(Runner)}} WHERE {{where}} AND {{Shows(request.Selection.Filter)}}
                ORDER BY t.time_stamp, t.event_hash LIMIT {limit:UInt64}
                """).With("limit", limit ?? long.MaxValue).InFormat(request.Format),
            cancellationToken));
        return new ExportRows(rows, IsCut: false, answer);
    }

    /// <inheritdoc/>
    protected override string Shows(FlowFilter filter) => EventRows.ShownBy(filter);

    private static (string Name, Func<RowFormat, string> Sql) Own(string name, string sql) => (name, _ => $"{sql} AS {name}");
}
