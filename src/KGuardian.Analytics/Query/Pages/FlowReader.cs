using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Retention;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Query.Pages;

/// <summary>Reads flows of a selection: a page at a time, or all as a stream.</summary>
internal sealed class FlowReader(ClickHouseCluster cluster, RetentionWindow window, QueryOptions options, TimeProvider clock)
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
            return page.HasTies ? await ReadTiesAsync(shown, columns, newestFirst, after, limit, page, cancellationToken) : page;
        });
        return (rows, rows.IsCut ? FlowPosition.Parse(rows.LastKey!).Before(FlowPosition.Parse(rows.KeyBeyond!)) : null);
    }

    /// <summary>All flows of the selection, or the first <paramref name="limit"/>, as ClickHouse formats them.</summary>
    /// <exception cref="ClickHouseException">The query failed before its first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> StreamAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, long? limit, RowFormat format, CancellationToken cancellationToken) =>
        window.ReadAsync(oldest => cluster.Front.StreamAsync(
            Limited(StreamQuery(selection with { Oldest = oldest }, columns, newestFirst, limit, format)).InFormat(format).WithGranulesCounted(), cancellationToken));

    /// <summary>Whether the selection has more than <paramref name="limit"/> flows; reads no further than that.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<bool> HasMoreAsync(FlowSelection selection, long limit, CancellationToken cancellationToken) =>
        await window.ReadAsync(oldest => cluster.Front.QuerySingleAsync<bool>(
            Limited(MoreQuery(selection with { Oldest = oldest }, limit)).WithGranulesCounted(), cancellationToken));

    private async Task<JsonRows> ReadPageAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowPosition? after, int limit, CancellationToken cancellationToken,
        bool ordersTies = false)
    {
        var query = await _planner.ChooseAsync(PageQuery(selection, columns, newestFirst, after, limit, ordersTies), selection, limit, cancellationToken);
        return await JsonRows.ReadAsync(cluster.Front, Limited(query), limit, cancellationToken);
    }

    /// <summary>
    /// A page with flows of one time among its own, or at its end, is read again in the whole order, which costs more the more flows there are: no further than to the time at
    /// which it ends.
    /// </summary>
    private async Task<JsonRows> ReadTiesAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowPosition? after, int limit, JsonRows page, CancellationToken cancellationToken)
    {
        if (page.IsCut)
        {
            var end = DateTimeOffset.UnixEpoch.AddTicks(FlowPosition.Parse(page.KeyBeyond!).Micros * TimeSpan.TicksPerMicrosecond);
            var window = newestFirst ? selection.Window with { From = end } : selection.Window with { To = end.AddTicks(TimeSpan.TicksPerMicrosecond) };
            var ordered = (await ReadPageAsync(selection with { Window = window }, columns, newestFirst, after, limit, cancellationToken, ordersTies: true)).After(page);
            // Less than before: flows were cleared or expired in between, and others are behind.
            if (ordered.IsCut)
                return ordered;
            page = ordered;
        }

        return (await ReadPageAsync(selection, columns, newestFirst, after, limit, cancellationToken, ordersTies: true)).After(page);
    }

    internal static ClickHouseQuery PageQuery(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowPosition? after, int limit, bool ordersTies = false)
    {
        var behind = after is null ? "" : $"AND {after.Value.BehindSql(newestFirst)}";
        var query = selection.Query(where => $"""
            SELECT {RowSelect.Columns(columns, RowFormat.JsonLines)}, {FlowPosition.Sql} AS {JsonRows.KeyColumn}
            FROM traffic AS t
            WHERE {where} {behind}
            ORDER BY {(ordersTies ? FlowOrder.By(newestFirst) : FlowOrder.ByTime(newestFirst))}
            LIMIT {"{limit:UInt64}"}
            """).With("limit", limit + 1L);
        return after is { } position ? position.Bind(query) : query;
    }

    internal static ClickHouseQuery StreamQuery(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, long? limit, RowFormat format)
    {
        var query = selection.Query(where => $"""
            SELECT {RowSelect.Columns(columns, format)}
            FROM traffic AS t
            WHERE {where}{(limit is null ? "" : $" AND {FlowOrder.First(where, newestFirst, "{limit:UInt64}")}")}
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
}
