using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Topology;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Exports.Sources;

/// <summary>Edges between workloads, the strongest first, as <c>/api/v1/topology</c> has them.</summary>
/// <param name="runner">Reads them.</param>
/// <param name="metrics">Of the map.</param>
/// <param name="clock">Of the reader.</param>
internal sealed class EdgeSource(FlowQueryRunner runner, TopologyMetrics metrics, TimeProvider clock)
    : ExportSource("edges", "traffic", FilterVocabulary.Flows, runner)
{
    /// <summary>Most edges of a file: some 200 bytes each, 20 MB at once.</summary>
    public const int MostEdges = 100_000;

    /// <summary>Those that take a second look at the flows, and the repeats.</summary>
    private static readonly string[] Counted = ["observations", "connections"];

    private readonly TopologyReader _reader = new(runner, new EdgeReader(runner, clock), metrics);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Fields { get; } = [.. EdgeTable.Columns.Select(column => column.Name)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultFields { get; } = [.. EdgeTable.Columns.Select(column => column.Name).Except(Counted)];

    /// <inheritdoc/>
    public override async Task<ExportRows> OpenAsync(ExportRequest request, long? limit, CancellationToken cancellationToken)
    {
        var (_, selection) = await NarrowAsync(request.Selection, cancellationToken);
        var edges = await _reader.AllAsync(
            selection, TopologyLevel.Workload, request.Fields.Any(Counted.Contains), (int)Math.Min(limit ?? MostEdges, MostEdges), cancellationToken);
        // Written by who writes all other files, so that formats look alike.
        var answer = await Runner.StreamWithTableAsync(
            new ClickHouseQuery(EdgeTable.Select(request.Fields, request.Format)).InFormat(request.Format), EdgeTable.Name, EdgeTable.Structure,
            EdgeTable.ToBlock(edges.Edges), cancellationToken);
        return limit is null ? new ExportRows(edges.Edges.Count, edges.IsCut, answer)
            : new ExportRows(edges.Edges.Count + edges.OtherEdges, edges.IsCut, answer);
    }
}
