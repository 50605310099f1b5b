using System.Globalization;
using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>Reads observed edges: what proposals, replays and comparisons are made of.</summary>
internal sealed class EdgeReader(FlowQueryRunner runner)
{
    private const int MostReporters = 200_000;
    private const int MostSlices = 64;

    private static readonly TimeSpan Slice = TimeSpan.FromDays(1);

    /// <summary>A window in parts that are read one after the other: a day each, or a 64th.</summary>
    public static IReadOnlyList<TimeWindow> Slices(TimeWindow window)
    {
        var length = window.To - window.From;
        var step = length <= Slice * MostSlices ? Slice : TimeSpan.FromTicks((length.Ticks / MostSlices) + TimeSpan.TicksPerSecond);
        var slices = new List<TimeWindow>();
        for (var from = window.From; from < window.To; from += step)
        {
            slices.Add(new TimeWindow(from, window.To - from <= step ? window.To : from + step));
        }

        return slices;
    }

    /// <summary>Names of a slice's window.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    /// <exception cref="TooManyNamesException">There are more than are held.</exception>
    public async Task<NameSpans> NamesAsync(FlowSelection slice, CancellationToken cancellationToken)
    {
        var spans = new NameSpans();
        var count = 0;
        await using (var rows = new EdgeRows(await runner.StreamAsync(
            InWindow(new ClickHouseQuery(EdgeSql.Spans), slice.Window), cancellationToken)))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                if (++count > NameSpans.Most)
                {
                    throw new TooManyNamesException(slice.Window);
                }

                spans.Add(
                    rows.Text(0) == "address", rows.Text(1), rows.Int64(2), rows.Int64(3), rows.Text(4),
                    new EdgeEnd(EdgeEndKind.Pod, rows.Text(5), rows.Text(6), rows.Text(7), rows.Text(8), rows.Text(9), null, null), rows.Text(10));
            }
        }

        // Whatever the filter: it may leave the pods' own reports out.
        var all = slice with { Filter = FlowFilter.Everything };
        await using var reporters = new EdgeRows(await runner.ReadAsync(
            all, shown => runner.StreamAsync(shown.Query(EdgeSql.Reporters).With("limit", MostReporters), cancellationToken)));
        while (await reporters.ReadAsync(cancellationToken))
        {
            spans.AddReporter(reporters.Text(0), reporters.Text(1), reporters.Text(2));
        }

        return spans;
    }

    /// <summary>Edges of a slice, in no order.</summary>
    /// <param name="slice">Its flows.</param>
    /// <param name="names">Its names.</param>
    /// <param name="countsRepeats">Whether observations count repeats: at a multiple of the cost.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async IAsyncEnumerable<ObservedEdge> ReadAsync(
        FlowSelection slice, NameSpans names, bool countsRepeats, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = new EdgeRows(await runner.ReadAsync(slice, shown => runner.StreamAsync(Query(shown, countsRepeats), cancellationToken)));
        while (await rows.ReadAsync(cancellationToken))
        {
            var at = rows.Int64(9);
            var pod = names.Reporter(rows.Text(0), rows.Text(1), rows.Text(2), at);
            var peer = names.Peer(rows.Text(3), at);
            var podIsClient = rows.Int8(4) != 0;
            var protocol = IpProtocols.TryNumber(rows.Text(6), out var number) ? number : (byte?)null;
            yield return new ObservedEdge(
                podIsClient ? pod : peer, podIsClient ? peer : pod, rows.Int8(4) >= 0, protocol,
                protocol is { } known ? IpProtocols.Name(known) : rows.Text(6), rows.Int32(7) is > 0 and var port ? port : null,
                rows.Text(8), (podIsClient ? 1 : 0) + (rows.Int8(5) != 0 ? 2 : 0))
            {
                Flows = rows.Int64(10),
                Observations = rows.Int64(11),
                FirstSeen = rows.Int64(12),
                LastSeen = rows.Int64(13),
                Example = rows.Uuid(14),
            };
        }
    }

    private ClickHouseQuery Query(ShownFlows shown, bool countsRepeats)
    {
        var query = countsRepeats
            ? shown.QueryWithActivity((where, _) => EdgeSql.Edges(where, ActivitySql.JoinRepeats(shown, where))).WithSpillingJoin(runner.MemoryLimitBytes)
            : shown.Query(where => EdgeSql.Edges(where, null));
        return query.WithSetting("max_bytes_before_external_group_by", (runner.MemoryLimitBytes / 4).ToString(CultureInfo.InvariantCulture));
    }

    private static ClickHouseQuery InWindow(ClickHouseQuery query, TimeWindow window) =>
        query.With("from", TimeWindow.Micros(window.From)).With("to", TimeWindow.Micros(window.To));
}
