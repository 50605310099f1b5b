using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Counts events: by severity, by what they are about, by time.</summary>
internal sealed class EventAggregates(FlowQueryRunner runner)
{
    /// <summary>How many there are of each severity that occurs.</summary>
    /// <exception cref="KGuardian.ClickHouse.Client.ClickHouseException">The query failed.</exception>
    public Task<IReadOnlyList<SeverityCount>> BySeverityAsync(FlowSelection selection, EventCategory category, CancellationToken cancellationToken) =>
        runner.ReadAsync(selection, shown => runner.QueryAsync<SeverityCount>(
            shown.Query(where => $"""
                SELECT t.severity AS severity, toInt64(count()) AS count
                FROM {From} WHERE {where} AND {EventRows.IsOf(category)}
                GROUP BY severity ORDER BY severity
                """),
            cancellationToken));

    /// <summary>The values of a column that most events have, and how many; those of one number by their names.</summary>
    /// <exception cref="KGuardian.ClickHouse.Client.ClickHouseException">The query failed.</exception>
    public Task<IReadOnlyList<KeyCount>> TopAsync(
        FlowSelection selection, EventCategory category, EventDimension by, int rows, CancellationToken cancellationToken) =>
        runner.ReadAsync(selection, shown => runner.QueryAsync<KeyCount>(
            shown.Query(where => $$"""
                SELECT assumeNotNull(key) AS key, toInt64(count()) AS count
                FROM (SELECT {{SqlOf(by)}} AS key FROM {{From}} WHERE {{where}} AND {{EventRows.IsOf(category)}})
                WHERE key != ''
                GROUP BY key ORDER BY count DESC, key LIMIT {rows:UInt8}
                """).With("rows", rows),
            cancellationToken));

    /// <summary>How many there are of each severity in each step of the window that has some, in the order of time.</summary>
    /// <param name="selection">Which events.</param>
    /// <param name="category">Which of them.</param>
    /// <param name="step">Length of a step; steps begin at its multiples since 1970.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KGuardian.ClickHouse.Client.ClickHouseException">The query failed.</exception>
    public Task<IReadOnlyList<SeverityStep>> ByTimeAsync(
        FlowSelection selection, EventCategory category, TimeSpan step, CancellationToken cancellationToken) =>
        runner.ReadAsync(selection, shown => runner.QueryAsync<SeverityStep>(
            shown.Query(where => $$"""
                SELECT t.severity AS severity, toInt64(intDiv(toUnixTimestamp64Micro(t.time_stamp), {step:Int64})) AS step, toInt64(count()) AS count
                FROM {{From}} WHERE {{where}} AND {{EventRows.IsOf(category)}}
                GROUP BY severity, step ORDER BY severity, step
                """).With("step", (long)step.TotalMicroseconds),
            cancellationToken));

    /// <summary>Whether there is any event that still shows.</summary>
    /// <exception cref="KGuardian.ClickHouse.Client.ClickHouseException">The query failed.</exception>
    public Task<bool> AnyAsync(CancellationToken cancellationToken) =>
        runner.ReadAsync(new FlowSelection(new TimeWindow(FilterTime.Earliest, FilterTime.End), Query.Filters.FlowFilter.Everything), shown =>
            runner.SingleAsync<bool>(
                shown.Query(where => $"SELECT toBool(count() > 0) AS value FROM (SELECT 1 FROM secure_events AS t WHERE {where} LIMIT 1)"), cancellationToken));

    private string From => EventRows.From(runner);

    private static string SqlOf(EventDimension by) => by switch
    {
        EventDimension.Namespace => "ifNull(t.pod_namespace, '')",
        EventDimension.Rule => "t.rule",
        EventDimension.Node => Named("node"),
        EventDimension.Workload => Named("workload"),
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, "events are not counted by it"),
    };

    private static string Named(string name) => $"ifNull({FlowName.All.First(known => known.Name == name).Sql.Expression}, '')";
}

/// <summary>What events are counted by.</summary>
internal enum EventDimension
{
    /// <summary>The pod's namespace.</summary>
    Namespace,

    /// <summary>The node that it was on.</summary>
    Node,

    /// <summary>The rule.</summary>
    Rule,

    /// <summary>The pod's workload.</summary>
    Workload,
}

/// <summary>Events of a severity.</summary>
internal sealed record SeverityCount(int Severity, long Count);

/// <summary>Events of a severity in a step, which is counted from 1970.</summary>
internal sealed record SeverityStep(int Severity, long Step, long Count);

/// <summary>Events of a name.</summary>
internal sealed record KeyCount(string Key, long Count);
