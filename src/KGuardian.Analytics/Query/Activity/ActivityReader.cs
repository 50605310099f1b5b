using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>
/// Reads flows as events of the activity audit: their rows by <see cref="ActivitySource"/>, then of a page's what the projection by time has not.
/// </summary>
internal sealed class ActivityReader(FlowQueryRunner runner, TimeProvider clock)
{
    /// <summary>Rows that are counted at once: ids of 20 digits and a comma, which a form sends as three bytes, take less than a field's 128 KiB.</summary>
    private const int MostRows = 4000;

    /// <summary>For how long a connection that was seen has not ended.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    private const string OfKeys = """
        (t.pod_ip, t.pod_port, t.traffic_in_out_ip, t.traffic_in_out_port) IN (JSONExtract({keys:String}, 'Array(Tuple(String, Int32, String, Int32))'))
        """;

    // Tuples with a null in them are in no list.
    private const string OfPods = "t.pod_ip IN (JSONExtract({keys:String}, 'Array(String)')) AND isNull(t.traffic_in_out_ip)";
    private const string OfNoPod = "isNull(t.pod_ip)";

    private readonly PagePlanner _planner = new(runner, clock);

    private readonly ActivityNameReader _names = new(runner);

    /// <summary>The flows that a filter leaves.</summary>
    /// <param name="flows">The filter, and the flow id's SQL.</param>
    public ActivitySource Of(FlowSelection flows) => new(runner, _planner, flows);

    /// <summary>The connections of the pod of an event that were active while it was.</summary>
    /// <param name="traced">The event; it is traceable.</param>
    /// <param name="flows">All flows; knows the flow id's SQL.</param>
    /// <returns>The flows, in their window.</returns>
    public FlowSelection TraceOf(ActivityEvent traced, FlowSelection flows)
    {
        var (now, last) = (clock.GetUtcNow(), Time(traced.LastMicros));
        var end = now - last < Quiet && last < now ? now : last;
        return flows with
        {
            Window = new TimeWindow(FilterTime.Earliest, end.AddMicroseconds(1)),
            Filter = FlowFilter.And(
                PodId.Filter(traced.Row.PodNamespace ?? "", traced.Row.PodName!),
                FlowFilter.Where(now, FlowField.LastSeen, FilterOperator.GreaterOrEqual, FilterTime.ToText(Time(traced.Row.Micros)))),
        };
    }

    /// <summary>Rows with their arrival, repeats, and names as of their time.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public async Task<IReadOnlyList<ActivityEvent>> DescribeAsync(IReadOnlyList<ActivityRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var arriving = ArrivalsAsync(rows, cancellationToken);
        var counting = RepeatsAsync(rows, cancellationToken);
        var naming = _names.ReadAsync(
            [.. rows.Select(row => ActivityEnds.Of(row.PodNamespace, row.PodName, row.PeerIp, row.Micros))], cancellationToken);
        await Task.WhenAll(arriving, counting, naming);
        var (arrivals, repeats, names) = (await arriving, await counting, await naming);
        return
        [
            // What is of days before its arrival is of an earlier flow, which has expired.
            .. rows.Select((row, at) => repeats[row.FlowId].Where(one => one.ArrivalDay >= row.ArrivalDay).Aggregate(
                new ActivityEvent(row) { ArrivalSecond = arrivals.TryGetValue(FlowIdentity.Of(row), out var second) ? second : null, Names = names[at] },
                (seen, one) => seen with { Observations = seen.Observations + one.Seen, LastMicros = Math.Max(seen.LastMicros, one.LastMicros) })),
        ];
    }

    internal static ClickHouseQuery ArrivalsQuery(IReadOnlyList<ActivityRow> rows, string keys, string condition, ShownFlows shown) =>
        shown.Query(where => $$"""
            SELECT t.pod_ip AS pod_ip, t.pod_port AS pod_port, t.traffic_in_out_ip AS peer_ip, t.traffic_in_out_port AS peer_port, t.ip_protocol AS protocol,
                t.traffic_type AS direction, t.decision AS decision, toInt64(t.version) AS version
            FROM traffic AS t
            WHERE {{where}} AND t.arrival_day >= {first_day:Date} AND t.arrival_day <= {last_day:Date} AND {{condition}}
            """)
            .With("first_day", rows.Min(row => row.ArrivalDay)).With("last_day", rows.Max(row => row.ArrivalDay)).With("keys", keys)
            // The table is ordered by these columns, and has the arrival.
            .WithSetting("optimize_use_projections", "0");

    internal static ClickHouseQuery RepeatsQuery(IEnumerable<ActivityRow> rows, DateOnly oldest) =>
        new ClickHouseQuery("""
            SELECT a.flow_id AS flow_id, a.arrival_day AS arrival_day, sum(a.observations) AS seen, toUnixTimestamp64Micro(max(a.last_seen)) AS last_micros
            FROM traffic_activity AS a
            WHERE a.flow_id IN ({flows:Array(UInt64)}) AND a.arrival_day >= {oldest:Date}
            GROUP BY a.flow_id, a.arrival_day
            """).With("flows", $"[{string.Join(',', rows.Select(row => row.FlowId))}]").With("oldest", SqlDate.Of(oldest));

    /// <summary>When flows arrived, in seconds since 1970.</summary>
    private async Task<Dictionary<FlowIdentity, long>> ArrivalsAsync(IReadOnlyList<ActivityRow> rows, CancellationToken cancellationToken)
    {
        // In the order of the table: each list is about a stretch of its own.
        var keyed = KeyLists.Of(rows.Where(row => row is { PodIp: not null, PeerIp: not null })
            .OrderBy(row => row.PodIp, StringComparer.Ordinal).ThenBy(row => row.PodPort)
            .Select(row => new object[] { row.PodIp!, row.PodPort, row.PeerIp!, row.PeerPort }));
        var others = rows.Where(row => row.PodIp is null || row.PeerIp is null).Select(row => row.PodIp).Distinct().ToArray();
        var selection = new FlowSelection(
            new TimeWindow(Time(rows.Min(row => row.Micros)), Time(rows.Max(row => row.Micros)).AddMicroseconds(1)), FlowFilter.Everything);
        var found = new Dictionary<FlowIdentity, long>();
        foreach (var (keys, condition) in keyed.Select(keys => (keys, OfKeys)).Concat(KeyLists.Of(others.OfType<string>()).Select(keys => (keys, OfPods)))
            .Concat(others.Contains(null) ? [("", OfNoPod)] : []))
        {
            var some = await runner.ReadAsync(selection, shown => runner.QueryAsync<Arrival>(ArrivalsQuery(rows, keys, condition, shown), cancellationToken));
            foreach (var one in some)
            {
                found.TryAdd(one.Flow, uint.MaxValue - one.Version);
            }
        }

        return found;
    }

    private async Task<ILookup<ulong, Repeats>> RepeatsAsync(IReadOnlyList<ActivityRow> rows, CancellationToken cancellationToken)
    {
        var found = new List<Repeats>();
        foreach (var some in rows.Chunk(MostRows))
        {
            found.AddRange(await runner.ReadAsync(oldest => runner.QueryAsync<Repeats>(RepeatsQuery(some, oldest), cancellationToken)));
        }

        return found.ToLookup(one => one.FlowId);
    }

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    private sealed record Arrival(
        string? PodIp, int PodPort, string? PeerIp, int PeerPort, string? Protocol, string? Direction, string? Decision, long Version)
    {
        public FlowIdentity Flow => new(PodIp, PodPort, PeerIp, PeerPort, Protocol, Direction, Decision);
    }

    private sealed record Repeats(ulong FlowId, DateOnly ArrivalDay, ulong Seen, long LastMicros);

    /// <summary>What a flow is known by.</summary>
    private readonly record struct FlowIdentity(
        string? PodIp, int PodPort, string? PeerIp, int PeerPort, string? Protocol, string? Direction, string? Decision)
    {
        public static FlowIdentity Of(ActivityRow row) =>
            new(row.PodIp, row.PodPort, row.PeerIp, row.PeerPort, row.Protocol, row.Direction, row.Decision);
    }
}
