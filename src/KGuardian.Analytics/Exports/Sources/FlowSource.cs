using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Query.Pages;

namespace KGuardian.Analytics.Exports.Sources;

/// <summary>Flows, oldest first, as <c>/api/v1/flows</c> streams them.</summary>
/// <param name="runner">Reads them.</param>
/// <param name="clock">Of the reader.</param>
internal sealed class FlowSource(FlowQueryRunner runner, TimeProvider clock) : ExportSource("flows", "traffic", FilterVocabulary.Flows, runner)
{
    private static readonly Dictionary<string, FlowColumn> Columns =
        FlowTable.Shown.Concat(FlowName.All.Select(name => name.Column)).ToDictionary(column => column.Name);

    private readonly FlowReader _reader = new(runner, clock);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Fields { get; } = [.. Columns.Keys];

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultFields { get; } = [.. FlowTable.Shown.Select(column => column.Name)];

    /// <inheritdoc/>
    public override async Task<ExportRows> OpenAsync(ExportRequest request, long? limit, CancellationToken cancellationToken)
    {
        var (rows, selection) = await NarrowAsync(request.Selection, cancellationToken);
        return new ExportRows(rows, IsCut: false, await _reader.StreamAsync(
            selection, [.. request.Fields.Select(field => Columns[field])], newestFirst: false, limit, request.Format, cancellationToken));
    }
}
