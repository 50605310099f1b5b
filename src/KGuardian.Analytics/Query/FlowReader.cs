using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Query;

/// <summary>Reads flows of a selection: a page at a time, or all as a stream.</summary>
public sealed class FlowReader(ClickHouseCluster cluster, RetentionWindow window, QueryOptions options, TimeProvider clock)
{
    private readonly PagePlanner _planner = new(cluster, clock);
    private readonly PageReach _reach = new();

    /// <summary>At most <paramref name="limit"/> flows behind <paramref name="after"/>, and the position of the last one when there are more.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<(JsonRows Rows, FlowPosition? Next)> PageAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowPosition? after, int limit, CancellationToken cancellationToken)
    {
        var rows = await window.ReadAsync(async oldest =>
        {
            var shown = selection with { Oldest = oldest };
            var guess = newestFirst ? _reach.Guess(shown, after, limit) : null;
            var page = guess is { } begin
                ? await ReadPageAsync(shown with { Window = shown.Window with { From = begin } }, columns, newestFirst, after, limit, cancellationToken)
                : null;
            // More flows than fit on the page lie within the guess: it is the page.
            if (page is not { IsCut: true })
                page = (await ReadPageAsync(shown, columns, newestFirst, after, limit, cancellationToken)).After(page);
            if (newestFirst && page.IsCut)
                _reach.Learn(shown, after, limit, page);
            return page;
        });
        return (rows, rows.IsCut ? FlowPosition.Parse(rows.LastKey!) : null);
    }

    /// <summary>All flows of the selection, or the first <paramref name="limit"/>, as ClickHouse formats them.</summary>
    /// <exception cref="ClickHouseException">The query failed before its first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> StreamAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, long? limit, RowFormat format, CancellationToken cancellationToken) =>
        window.ReadAsync(oldest => cluster.Front.StreamAsync(
            Limited(StreamQuery(selection with { Oldest = oldest }, columns, newestFirst, limit)).InFormat(format).WithGranulesCounted(), cancellationToken));

    /// <summary>Whether the selection has more than <paramref name="limit"/> flows; reads no further than that.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<bool> HasMoreAsync(FlowSelection selection, long limit, CancellationToken cancellationToken) =>
        (await window.ReadAsync(oldest => cluster.Front.QuerySingleAsync<Answer>(
            Limited(MoreQuery(selection with { Oldest = oldest }, limit)).WithGranulesCounted(), cancellationToken))).Value;

    private async Task<JsonRows> ReadPageAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowPosition? after, int limit, CancellationToken cancellationToken)
    {
        var query = await _planner.ChooseAsync(PageQuery(selection, columns, newestFirst, after, limit), selection, limit, cancellationToken);
        return await JsonRows.ReadAsync(cluster.Front, Limited(query), limit, cancellationToken);
    }

    internal static ClickHouseQuery PageQuery(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowPosition? after, int limit)
    {
        var behind = after is null ? "" : $"AND {after.Value.BehindSql(newestFirst)}";
        var query = selection.Query(where => $"""
            SELECT {FlowColumn.Select(columns)}, {FlowPosition.Sql} AS {JsonRows.KeyColumn}
            FROM traffic AS t
            WHERE {where} {behind}
            ORDER BY {FlowOrder.By(newestFirst)}
            LIMIT {"{limit:UInt64}"}
            """).With("limit", limit + 1L);
        return after is { } position ? position.Bind(query) : query;
    }

    internal static ClickHouseQuery StreamQuery(FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, long? limit)
    {
        var query = selection.Query(where => $"""
            SELECT {FlowColumn.Select(columns)}
            FROM traffic AS t
            WHERE {where}
            ORDER BY {FlowOrder.By(newestFirst)}
            {(limit is null ? "" : "LIMIT {limit:UInt64}")}
            """);
        return limit is { } rows ? query.With("limit", rows) : query;
    }

    internal static ClickHouseQuery MoreQuery(FlowSelection selection, long limit) =>
        selection.Query(where => $"""
            SELECT toBool(count() > {"{limit:UInt64}"}) AS value
            FROM (SELECT 1 FROM traffic AS t WHERE {where} LIMIT {"{limit:UInt64}"} + 1)
            """).With("limit", limit);

    private ClickHouseQuery Limited(ClickHouseQuery query) => query with { TimeLimit = options.TimeLimit, MemoryLimitBytes = options.MemoryLimitBytes };

    private sealed record Answer(bool Value);
}
