using System.Text.Encodings.Web;
using System.Text.Json;
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
    /// <summary>Bytes of the keys that are looked up at once, below the 128 KiB that ClickHouse takes in one field of a request.</summary>
    private const int MostKeyBytes = 96 << 10;

    /// <summary>Rows that are looked up at once: their ids, of 20 digits and a comma, which a form sends as three bytes, take less than that, too.</summary>
    private const int MostRows = 4000;

    /// <summary>For how long a connection that was seen has not ended.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PagePlanner _planner = new(runner, clock);

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
    public async Task<IReadOnlyList<ActivityEvent>> DescribeAsync(IReadOnlyList<ActivityRow> rows, FlowIdSql flowId, CancellationToken cancellationToken)
    {
        var events = new List<ActivityEvent>(rows.Count);
        for (var done = 0; done < rows.Count;)
        {
            var some = Some(rows, done);
            done += some.Length;
            var selection = new FlowSelection(
                new TimeWindow(Time(some.Min(row => row.Micros)), Time(some.Max(row => row.Micros)).AddMicroseconds(1)), FlowFilter.Everything, flowId);
            events.AddRange(await runner.ReadAsync(selection, shown => DescribeAsync(some, shown, cancellationToken)));
        }

        return events;
    }

    internal static ClickHouseQuery DetailsQuery(ActivityRow[] rows, ShownFlows shown)
    {
        var id = shown.FlowId!;
        var keyed = rows.Where(row => row is { PodIp: not null, PeerIp: not null }).Select(KeyOf);
        var others = rows.Where(row => row.PodIp is null || row.PeerIp is null).Select(row => row.PodIp).Distinct().ToArray();
        // Tuples with a null in them are in no list.
        var isOther = $$"""
            (t.pod_ip IN (JSONExtract({others:String}, 'Array(String)')){{(others.Contains(null) ? " OR isNull(t.pod_ip)" : "")}})
                AND (isNull(t.pod_ip) OR isNull(t.traffic_in_out_ip))
            """;
        return id.Bind(shown.Query(where => NameSql.With(
            $$"""
            SELECT {{id.Expression}} AS flow_id, toInt64(t.version) AS version, {{ActivityNames.Columns}}
            FROM traffic AS t
            WHERE {{where}} AND t.arrival_day >= {first_day:Date} AND t.arrival_day <= {last_day:Date}
                AND ((t.pod_ip, t.pod_port, t.traffic_in_out_ip, t.traffic_in_out_port)
                IN (JSONExtract({keys:String}, 'Array(Tuple(String, Int32, String, Int32))')){{(others.Length > 0 ? $" OR ({isOther})" : "")}})
            """,
            ActivityNames.Gathered)))
            .With("first_day", rows.Min(row => row.ArrivalDay)).With("last_day", rows.Max(row => row.ArrivalDay))
            .With("keys", $"[{string.Join(',', keyed)}]").With("others", JsonSerializer.Serialize(others.OfType<string>(), Relaxed))
            // The table is ordered by these columns, and has the arrival.
            .WithSetting("optimize_use_projections", "0");
    }

    internal static ClickHouseQuery RepeatsQuery(IEnumerable<ActivityRow> rows, DateOnly oldest) =>
        new ClickHouseQuery("""
            SELECT a.flow_id AS flow_id, a.arrival_day AS arrival_day, sum(a.observations) AS seen, toUnixTimestamp64Micro(max(a.last_seen)) AS last_micros
            FROM traffic_activity AS a
            WHERE a.flow_id IN ({flows:Array(UInt64)}) AND a.arrival_day >= {oldest:Date}
            GROUP BY a.flow_id, a.arrival_day
            """).With("flows", $"[{string.Join(',', rows.Select(row => row.FlowId))}]").With("oldest", SqlDate.Of(oldest));

    private async Task<ActivityEvent[]> DescribeAsync(ActivityRow[] rows, ShownFlows shown, CancellationToken cancellationToken)
    {
        var describing = runner.QueryAsync<Details>(DetailsQuery(rows, shown), cancellationToken);
        var counting = runner.QueryAsync<Repeats>(RepeatsQuery(rows, shown.Oldest), cancellationToken);
        await Task.WhenAll(describing, counting);
        var details = (await describing).ToLookup(one => one.FlowId);
        var repeats = (await counting).ToLookup(one => one.FlowId);
        return
        [
            .. rows.Select(row =>
            {
                var known = details[row.FlowId].FirstOrDefault();
                // What is of days before its arrival is of an earlier flow, which has expired.
                return repeats[row.FlowId].Where(one => one.ArrivalDay >= row.ArrivalDay).Aggregate(
                    new ActivityEvent(row)
                    {
                        ArrivalSecond = known is null ? null : uint.MaxValue - known.Version,
                        Names = ActivityNames.Read(known?.OwnNames, known?.PeerService),
                    },
                    (seen, one) => seen with
                    {
                        Observations = seen.Observations + one.Seen,
                        LastMicros = Math.Max(seen.LastMicros, one.LastMicros),
                    });
            }),
        ];
    }

    /// <summary>The next rows that can be looked up at once.</summary>
    private static ActivityRow[] Some(IReadOnlyList<ActivityRow> rows, int from)
    {
        var bytes = 0;
        // One row's key always fits: ingest takes no text over 1,024 bytes, of which each is 11 at most.
        return [.. rows.Skip(from).Take(MostRows).TakeWhile((row, at) => (bytes += BytesOf(KeyOf(row))) <= MostKeyBytes || at == 0)];
    }

    private static string KeyOf(ActivityRow row) => JsonSerializer.Serialize(new object?[] { row.PodIp, row.PodPort, row.PeerIp, row.PeerPort }, Relaxed);

    // As a form sends it, where backslashes are escaped once more, and with the comma behind it.
    private static int BytesOf(string key) => Uri.EscapeDataString(key.Replace("\\", "\\\\", StringComparison.Ordinal)).Length + "%2C".Length;

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    private sealed record Details(ulong FlowId, long Version, string? OwnNames, string? PeerService);

    private sealed record Repeats(ulong FlowId, DateOnly ArrivalDay, ulong Seen, long LastMicros);
}
