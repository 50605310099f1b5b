using System.Collections.Concurrent;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Pages;

/// <summary>
/// Chooses how a page of one peer or namespace is read: by the skip index, which finds the granules of a rare value, or in order of time, where
/// a frequent value's newest flows come soon. ClickHouse itself compares whole granules and does not know of the page's limit.
/// </summary>
internal sealed class PagePlanner(FlowQueryRunner runner, TimeProvider clock)
{
    private const double GranuleRows = 8192;

    /// <summary>Sizes only have to be about right.</summary>
    private static readonly TimeSpan SizeAge = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Filters whose size is remembered: those of pages that are turned, and of dashboards that ask again. The question takes 7 ms at 10 million flows.
    /// </summary>
    private const int MostFilters = 1000;

    private readonly ConcurrentDictionary<(int Filter, double Hours), Size> _indexed = new();
    private Size? _table;

    /// <summary>The page's query with what was chosen.</summary>
    /// <exception cref="ClickHouseException">The question failed.</exception>
    public async Task<ClickHouseQuery> ChooseAsync(ClickHouseQuery page, ShownFlows shown, int limit, CancellationToken cancellationToken)
    {
        var indexes = shown.SkipIndexes;
        if (indexes.Count == 0)
        {
            return page;
        }

        var table = await TableRowsAsync(cancellationToken);
        var indexed = await IndexedRowsAsync(shown, cancellationToken);
        return IsFrequent(indexed, table, limit) ? page.WithSetting("ignore_data_skipping_indices", string.Join(',', indexes)) : page;
    }

    // Without projections: what the index alone leaves.
    internal static ClickHouseQuery IndexedQuery(ShownFlows shown) =>
        shown.Query(where => $"SELECT toInt64(sum(rows)) AS value FROM (EXPLAIN ESTIMATE SELECT t.version FROM traffic AS t WHERE {where})");

    // The index's way reads all rows of the granules it finds. Each of them has one of the flows at least, so there are indexed / 8192 flows or
    // more, and in order of time a page comes after limit * table * 8192 / indexed rows at most. The shorter way wins.
    private static bool IsFrequent(double indexed, long table, int limit) => indexed * indexed > limit * GranuleRows * table;

    private async Task<long> TableRowsAsync(CancellationToken cancellationToken)
    {
        if (_table is { } known && IsFresh(known))
        {
            return known.Rows;
        }

        var rows = await RowsAsync(
            new ClickHouseQuery(
                "SELECT toInt64(ifNull(any(total_rows), 0)) AS value FROM system.tables WHERE database = currentDatabase() AND name = 'traffic'"),
            cancellationToken);
        _table = new Size(rows, clock.GetTimestamp());
        return rows;
    }

    private async Task<long> IndexedRowsAsync(ShownFlows shown, CancellationToken cancellationToken)
    {
        // A filter's hash, as it may be long: one that is taken for another is a slower page, no wrong one. The window's length, as its place moves.
        var key = (shown.Filter.GetHashCode(), Math.Ceiling((shown.Window.To - shown.Window.From).TotalHours));
        if (_indexed.TryGetValue(key, out var known) && IsFresh(known))
        {
            return known.Rows;
        }

        var rows = await RowsAsync(IndexedQuery(shown), cancellationToken);
        if (_indexed.Count >= MostFilters)
        {
            _indexed.Clear();
        }

        _indexed[key] = new Size(rows, clock.GetTimestamp());
        return rows;
    }

    private bool IsFresh(Size size) => clock.GetElapsedTime(size.ReadAt) < SizeAge;

    private async Task<long> RowsAsync(ClickHouseQuery query, CancellationToken cancellationToken) =>
        (await runner.QueryShardsAsync<long>(query, cancellationToken)).Sum();

    private sealed record Size(long Rows, long ReadAt);
}
