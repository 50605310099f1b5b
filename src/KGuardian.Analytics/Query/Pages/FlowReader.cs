using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Rows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Pages;

/// <summary>Reads flows of a selection: a page at a time, or all as a stream.</summary>
internal sealed class FlowReader(FlowQueryRunner runner, TimeProvider clock)
{
    private readonly PagePlanner _planner = new(runner, clock);
    private readonly LookbackEstimator _lookback = new();

    /// <summary>At most <paramref name="limit"/> flows behind <paramref name="after"/>, and the position of the last one when there are more.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<(JsonRows Rows, FlowKeyset? Next)> PageAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowKeyset? after, int limit, CancellationToken cancellationToken)
    {
        var rows = await runner.ReadAsync(selection, async shown =>
        {
            var guess = newestFirst ? _lookback.Guess(shown, after, limit) : null;
            var page = guess is { } begin
                ? await ReadPageAsync(shown.In(shown.Window with { From = begin }), columns, newestFirst, after, limit, cancellationToken)
                : null;
            // More flows than fit on the page lie within the guess: it is the page.
            if (page is not { IsCut: true })
            {
                page = (await ReadPageAsync(shown, columns, newestFirst, after, limit, cancellationToken)).AddCost(page);
            }

            if (newestFirst && page.IsCut)
            {
                _lookback.Learn(shown, after, limit, page);
            }

            return page.HasTies ? await ReadTiesAsync(shown, columns, newestFirst, after, limit, page, cancellationToken) : page;
        });
        return (rows, rows.IsCut ? FlowKeyset.Parse(rows.LastKey!).Before(FlowKeyset.Parse(rows.KeyBeyond!)) : null);
    }

    /// <summary>All flows of the selection, or the first <paramref name="limit"/>.</summary>
    /// <exception cref="ClickHouseException">The query failed before its first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> StreamAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, long? limit, RowFormat format, CancellationToken cancellationToken)
    {
        var output = new RowOutput(format, columns);
        return runner.ReadAsync(selection, shown =>
            output.ReadAsync(runner.StreamAsync(output.Ask(StreamQuery(shown, output.Select, newestFirst, limit)), cancellationToken)));
    }

    /// <summary>Whether the selection has more than <paramref name="limit"/> flows; reads no further than that.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<bool> HasMoreAsync(FlowSelection selection, long limit, CancellationToken cancellationToken) =>
        runner.ReadAsync(selection, shown => runner.SingleAsync<bool>(MoreQuery(shown, limit), cancellationToken));

    private async Task<JsonRows> ReadPageAsync(
        ShownFlows shown, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowKeyset? after, int limit, CancellationToken cancellationToken,
        bool ordersTies = false)
    {
        var query = await _planner.ChooseAsync(PageQuery(shown, columns, newestFirst, after, limit, ordersTies), shown, limit, cancellationToken);
        return await runner.RowsAsync(query, limit, cancellationToken);
    }

    /// <summary>
    /// A page with flows of one time among its own, or at its end, is read again in the whole order, which costs more the more flows there are: no
    /// further than to the time at which it ends.
    /// </summary>
    private async Task<JsonRows> ReadTiesAsync(
        ShownFlows shown, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowKeyset? after, int limit, JsonRows page, CancellationToken cancellationToken)
    {
        if (page.IsCut)
        {
            var end = DateTimeOffset.UnixEpoch.AddTicks(FlowKeyset.Parse(page.KeyBeyond!).Micros * TimeSpan.TicksPerMicrosecond);
            var window = newestFirst ? shown.Window with { From = end } : shown.Window with { To = end.AddTicks(TimeSpan.TicksPerMicrosecond) };
            var ordered = (await ReadPageAsync(shown.In(window), columns, newestFirst, after, limit, cancellationToken, ordersTies: true)).AddCost(page);
            // Less than before: flows were cleared or expired in between, and others are behind.
            if (ordered.IsCut)
            {
                return ordered;
            }

            page = ordered;
        }

        return (await ReadPageAsync(shown, columns, newestFirst, after, limit, cancellationToken, ordersTies: true)).AddCost(page);
    }

    internal static ClickHouseQuery PageQuery(
        ShownFlows shown, IReadOnlyList<FlowColumn> columns, bool newestFirst, FlowKeyset? after, int limit, bool ordersTies = false)
    {
        var behind = after is null ? "" : $"AND {after.Value.BehindSql(newestFirst)}";
        var order = ordersTies ? FlowOrder.By(newestFirst) : FlowOrder.ByTime(newestFirst);
        var select = $"{RowSelect.Columns(columns, RowFormat.JsonLines)}, {FlowKeyset.Sql} AS {JsonRows.KeyColumn}";
        var query = shown.Query(where =>
        {
            var rows = $"FROM traffic AS t WHERE {where} {behind} ORDER BY {order} LIMIT {"{limit:UInt64}"}";
            // Names are looked up for the rows of the page, not for all that are read to find them.
            return columns.Any(column => column.Expression is not null)
                ? $"SELECT {select} FROM (SELECT {string.Join(", ", FlowTable.Shown.Select(column => $"t.{column}"))} {rows}) AS t ORDER BY {order}"
                : $"SELECT {select} {rows}";
        }).With("limit", limit + 1L);
        return after is { } position ? position.Bind(query) : query;
    }

    internal static ClickHouseQuery StreamQuery(ShownFlows shown, string select, bool newestFirst, long? limit)
    {
        var query = shown.Query(where => $"""
            SELECT {select}
            FROM traffic AS t
            WHERE {where}{(limit is null ? "" : $" AND {FlowOrder.First(where, newestFirst, "{limit:UInt64}")}")}
            ORDER BY {FlowOrder.By(newestFirst)}
            {(limit is null ? "" : "LIMIT {limit:UInt64}")}
            """);
        return limit is { } rows ? query.With("limit", rows) : query;
    }

    internal static ClickHouseQuery MoreQuery(ShownFlows shown, long limit) =>
        shown.Query(where => $"""
            SELECT toBool(count() > {"{limit:UInt64}"}) AS value
            FROM (SELECT 1 FROM traffic AS t WHERE {where} LIMIT {"{limit:UInt64}"} + 1)
            """).With("limit", limit);
}
