using System.Globalization;
using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>Reads observed edges: what maps, proposals, replays and comparisons are made of.</summary>
internal sealed class EdgeReader(FlowQueryRunner runner, TimeProvider clock)
{
    private const int MostReporters = 200_000;
    private const long MostRepeats = 2_000_000;
    private const int MostSlices = 64;

    private static readonly TimeSpan Slice = TimeSpan.FromDays(1);

    private readonly RollupReader _rollup = new(runner);

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

    /// <summary>Names of a window.</summary>
    /// <param name="flows">The window, and whose flows.</param>
    /// <param name="outside">How addresses that are nobody's are grouped; null where each is an end.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    /// <exception cref="TooManyNamesException">There are more than are held.</exception>
    public async Task<NameSpans> NamesAsync(FlowSelection flows, OutsideNetworks? outside, CancellationToken cancellationToken)
    {
        var spans = new NameSpans { Outside = outside, ReadAt = clock.GetUtcNow() };
        var count = 0;
        await using (var rows = new EdgeRows(await runner.StreamAsync(
            new ClickHouseQuery(EdgeSql.Spans).With("from", TimeWindow.Micros(flows.Window.From)).With("to", TimeWindow.Micros(flows.Window.To)),
            cancellationToken)))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                if (++count > NameSpans.Most)
                {
                    throw new TooManyNamesException(flows.Window);
                }

                spans.Add(
                    rows.Text(0) == "address", rows.Text(1), rows.Int64(2), rows.Int64(3), rows.Text(4),
                    new EdgeEnd(EdgeEndKind.Pod, rows.Text(5), rows.Text(6), rows.Text(7), rows.Text(8), rows.Text(9), null, null), rows.Text(10));
            }
        }

        await using (var onHost = new EdgeRows(await runner.StreamAsync(new ClickHouseQuery(EdgeSql.OnHost), cancellationToken)))
        {
            while (await onHost.ReadAsync(cancellationToken))
            {
                spans.AddOnHost(onHost.Text(0));
            }
        }

        // Whatever the filter: it may leave the pods' own reports out.
        var all = flows with { Filter = FlowFilter.Everything };
        var (columns, reported) = EdgeSql.OfReporters;
        await using var reporters = new EdgeRows(await _rollup.WithPlanAsync(all, (shown, plan) => runner.StreamAsync(
            shown.Query(where => EdgeSql.Reporters(Source(columns, shown, where, plan, reported))).With("limit", MostReporters), cancellationToken),
            cancellationToken));
        while (await reporters.ReadAsync(cancellationToken))
        {
            spans.AddReporter(reporters.Text(0), reporters.Text(1), reporters.Text(2));
        }

        return spans;
    }

    /// <summary>How many addresses of peers never were anybody's; <paramref name="limit"/> when there are as many or more.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<long> CountOutsideAsync(FlowSelection flows, int limit, CancellationToken cancellationToken) =>
        _rollup.WithPlanAsync(flows, (shown, plan) => runner.SingleAsync<long>(
            shown.Query(where => EdgeSql.OutsideAddresses(
                Source("t.traffic_in_out_ip AS traffic_in_out_ip", shown, where, plan), Source("t.pod_ip AS pod_ip", shown, where, plan))).With("limit", limit),
            cancellationToken), cancellationToken);

    /// <summary>Edges of flows, in no order.</summary>
    /// <param name="flows">The flows.</param>
    /// <param name="names">Their window's names.</param>
    /// <param name="detail">What of them is asked for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public IAsyncEnumerable<ObservedEdge> ReadAsync(FlowSelection flows, NameSpans names, EdgeDetail detail, CancellationToken cancellationToken) =>
        !detail.CountsRepeats && _rollup.Answers(flows) ? RowsAsync(flows, names, detail, cancellationToken)
        : FlowsAsync(flows, names, detail, null, cancellationToken);

    /// <summary>What <c>edge_rollup</c> has of them, and of its own flows what it cannot tell.</summary>
    private async IAsyncEnumerable<ObservedEdge> RowsAsync(
        FlowSelection flows, NameSpans names, EdgeDetail detail, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ends = new RollupEnds(names, TimeWindow.Micros(flows.Window.From), TimeWindow.Micros(flows.Window.To));
        var plan = await _rollup.PlanAsync(flows, cancellationToken);
        await using var rows = new RollupRows(
            await runner.ReadAsync(flows, shown => _rollup.RowsAsync(shown, names, detail, plan, Table(shown, names, [], null), cancellationToken)), ends);
        // How far it is says the answer itself: what comes meanwhile is not in it.
        var read = plan.WithoutDays();
        var split = new SplitGroups();
        while (await rows.ReadAsync(cancellationToken))
        {
            if (rows.IsMarker)
            {
                read.Reach(rows.Day, rows.Done);
            }
            else if (rows.Edge(detail.HasExamples, split) is { } edge)
            {
                yield return edge;
            }

            if (split.Count >= SplitGroups.Most)
            {
                await foreach (var flow in SplitAsync(flows, names, detail, rows, split, cancellationToken))
                {
                    yield return flow;
                }

                split = new SplitGroups();
            }
        }

        if (split.Count > 0)
        {
            await foreach (var flow in SplitAsync(flows, names, detail, rows, split, cancellationToken))
            {
                yield return flow;
            }
        }

        await foreach (var flow in FlowsAsync(flows, names, detail, new FlowsPart(plan, read), cancellationToken))
        {
            yield return flow;
        }
    }

    private async IAsyncEnumerable<ObservedEdge> SplitAsync(
        FlowSelection flows, NameSpans names, EdgeDetail detail, RollupRows rows, SplitGroups split,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // They are those of the filter and the scope already.
        var all = flows with { Filter = FlowFilter.Everything };
        await using var found = new EdgeRows(await runner.ReadAsync(all, shown => StreamAsync(
            shown, names, [],
            shown.Query(where => RollupSql.Split($"{where} AND {split.FlowsSql}", detail.HasExamples, detail.HasKeys ? EdgeSql.Group(names.Outside) : null)),
            split, cancellationToken)));
        await foreach (var edge in rows.SplitAsync(split, found, detail.HasExamples, cancellationToken))
        {
            yield return edge;
        }
    }

    private async IAsyncEnumerable<ObservedEdge> FlowsAsync(
        FlowSelection flows, NameSpans names, EdgeDetail detail, FlowsPart? part, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = new EdgeRows(await runner.ReadAsync(
            flows, shown => StreamAsync(shown, names, [], Query(shown, names.Outside, detail, part), null, cancellationToken)));
        while (await rows.ReadAsync(cancellationToken))
        {
            var (podNamespace, podName, podAt) = (rows.Text(1), rows.Text(2), rows.Int64(10));
            var pod = names.Reporter(podNamespace, podName, rows.Text(3), podAt);
            var peer = names.Peer(rows.Text(4), rows.Int64(11));
            var podIsClient = rows.Int8(5) > 0;
            var protocol = IpProtocols.TryNumber(rows.Text(7), out var number) ? number : (byte?)null;
            yield return new ObservedEdge(
                podIsClient ? pod : peer, podIsClient ? peer : pod, rows.Int8(5) >= 0, protocol,
                protocol is { } known ? IpProtocols.Name(known) : rows.Text(7), rows.Int32(8) is > 0 and var port ? port : null,
                rows.Text(9), (podIsClient ? 1 : 0) + (rows.Int8(6) * 2))
            {
                Key = (ulong)rows.Int64(0),
                Pod = podName.Length == 0 ? null : names.Pod(podNamespace, podName, podAt),
                Flows = rows.Int64(12),
                Observations = rows.Int64(13),
                FirstSeen = rows.Int64(14),
                LastSeen = rows.Int64(15),
                LastActive = rows.Int64(16),
                Example = detail.HasExamples ? rows.Uuid(17) : default,
            };
        }
    }

    /// <summary>What of some edges is counted flow by flow.</summary>
    /// <param name="flows">The flows that <see cref="ReadAsync"/> read.</param>
    /// <param name="names">With their names.</param>
    /// <param name="detail">In the same detail, with keys.</param>
    /// <param name="edges">Of each edge the keys of what was read of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>As many as edges.</returns>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<IReadOnlyList<EdgeCounts>> CountsAsync(
        FlowSelection flows, NameSpans names, EdgeDetail detail, IReadOnlyList<IReadOnlyList<ulong>> edges, CancellationToken cancellationToken)
    {
        var counts = new EdgeCounts[edges.Count];
        var plan = detail.Scope is not null && _rollup.Answers(flows) ? await _rollup.PlanAsync(flows, cancellationToken) : null;
        await using var rows = new EdgeRows(await runner.ReadAsync(flows, async shown =>
        {
            // To name the flows of a scope takes as long as to read some of everything that was seen again.
            var isNarrowed = detail.Scope is not null
                && await runner.SingleAsync<long>(new ClickHouseQuery(ActivitySql.CountRows).With("oldest", SqlDate.Of(shown.Oldest)), cancellationToken)
                    > MostRepeats;
            return await StreamAsync(
                shown, names, edges, Scoped(shown.QueryWithActivity((where, _) =>
                {
                    var scoped = Scoped(where, detail, plan is null ? null
                        : pods => RollupSql.Either("t.pod_ip AS address", $"{shown.RowsSql} AND {pods}", $"{where} AND {pods}", plan));
                    return EdgeSql.Counts(scoped, names.Outside, ActivitySql.JoinRepeats(shown, scoped, isNarrowed));
                }).WithSpillingJoin(runner.MemoryLimitBytes, "hash"), detail), null, cancellationToken);
        }));
        while (await rows.ReadAsync(cancellationToken))
        {
            counts[rows.Int64(0)] = new EdgeCounts(rows.Int64(1), rows.Int64(2), rows.Int64(3));
        }

        return counts;
    }

    private static string Source(string columns, ShownFlows shown, string where, RollupPlan? plan, string also = "1") =>
        plan is null ? $"SELECT {columns} FROM traffic AS t WHERE {where} AND {also}"
        : RollupSql.Either(columns, $"{shown.RowsSql} AND {also}", $"{where} AND {also}", plan);

    private static string Scoped(string where, EdgeDetail detail, Func<string, string>? reporters) => detail.Scope is null ? where
        : $"{where} AND " + detail.Scope.Condition(
            EdgeSql.PeerIn, reporters ?? (pods => $"SELECT t.pod_ip AS address FROM traffic AS t WHERE {where} AND {pods}"));

    private static ClickHouseQuery Scoped(ClickHouseQuery query, EdgeDetail detail) => detail.Scope?.Bind(query) ?? query;

    private ClickHouseQuery Query(ShownFlows shown, OutsideNetworks? outside, EdgeDetail detail, FlowsPart? part)
    {
        var query = !detail.CountsRepeats ? shown.Query(where => EdgeSql.Edges(Where(where), outside, null, detail.HasExamples))
            : shown.QueryWithActivity((where, _) => EdgeSql.Edges(
                Where(where), outside, ActivitySql.JoinRepeats(shown, Where(where), isNarrowed: detail.Scope is not null), detail.HasExamples))
                .WithSpillingJoin(runner.MemoryLimitBytes);
        return Scoped(query, detail)
            .WithSetting("max_bytes_before_external_group_by", (runner.MemoryLimitBytes / 4).ToString(CultureInfo.InvariantCulture));

        string Where(string where) => Scoped(
            part is null ? where : $"{where} AND {part.Behind.FlowsSql}", detail,
            part is null ? null : pods => RollupSql.Either("t.pod_ip AS address", $"{shown.RowsSql} AND {pods}", $"{where} AND {pods}", part.Plan));
    }

    private static byte[] Table(ShownFlows shown, NameSpans names, IReadOnlyList<IReadOnlyList<ulong>> edges, SplitGroups? split)
    {
        var table = new EdgeNames(shown.Window, names.ReadAt);
        names.Describe(table);
        foreach (var (place, keys) in edges.Index())
        {
            // One of several hours and addresses, or of a network's addresses, is one group.
            foreach (var key in keys.Distinct())
            {
                table.AddGroup(key, place);
            }
        }

        split?.Describe(table);
        return table.ToBlock();
    }

    private Task<ClickHouseResult> StreamAsync(
        ShownFlows shown, NameSpans names, IReadOnlyList<IReadOnlyList<ulong>> edges, ClickHouseQuery query, SplitGroups? split,
        CancellationToken cancellationToken) => runner.StreamWithTableAsync(
            query.With("names_begin", new EdgeNames(shown.Window, names.ReadAt).Begin), EdgeNames.Table, EdgeNames.Structure,
            Table(shown, names, edges, split), cancellationToken);

    /// <summary>The flows of a selection that are in no row of <c>edge_rollup</c>.</summary>
    /// <param name="Plan">What it answers at least.</param>
    /// <param name="Behind">What it answered: flows are those behind it.</param>
    private sealed record FlowsPart(RollupPlan Plan, RollupPlan Behind);
}
