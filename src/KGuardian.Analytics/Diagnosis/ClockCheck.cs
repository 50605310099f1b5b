using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>
/// Clocks: this machine's against ClickHouse's, and agents' timestamps against the arrival of their events and the window that questions have by default.
/// </summary>
/// <param name="client">ClickHouse.</param>
/// <param name="clock">This machine's.</param>
internal sealed class ClockCheck(ClickHouseClient client, TimeProvider clock) : Check("clocks")
{
    private const double Apart = 5;
    private const double FarApart = 300;

    /// <summary>Events wait in an agent for some seconds, never the other way round.</summary>
    private const int AheadSeconds = 60;

    /// <summary>The native routes' default window is the last 24 hours.</summary>
    private const int DefaultWindowSeconds = 24 * 60 * 60;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken) =>
        [await CompareAsync(cancellationToken), await LookAtAgentsAsync(cancellationToken), .. await LookForHiddenAsync(cancellationToken)];

    private async Task<Finding> CompareAsync(CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow();
        var theirs = await client.QuerySingleAsync<long>(Ask(client, "SELECT toUnixTimestamp64Milli(now64(3)) AS milliseconds"), cancellationToken);
        var after = clock.GetUtcNow();
        // Within the round trip any answer is right.
        var told = DateTimeOffset.FromUnixTimeMilliseconds(theirs);
        var seconds = told < before ? (told - before).TotalSeconds : told > after ? (told - after).TotalSeconds : 0;
        var what = $"ClickHouse's clock and this machine's differ by {Math.Abs(seconds):0.000} s";
        const string Todo = "Let NTP (chrony, systemd-timesyncd) keep both. Days of arrival, retention and the order of a tail come from these clocks.";
        return Math.Abs(seconds) > FarApart ? Error(what, Todo, ("difference_seconds", Math.Round(seconds, 3)))
            : Math.Abs(seconds) > Apart ? Warning(what, Todo, ("difference_seconds", Math.Round(seconds, 3)))
            : Ok(what, ("difference_seconds", Math.Round(seconds, 3)));
    }

    private async Task<Finding> LookAtAgentsAsync(CancellationToken cancellationToken)
    {
        // version is the arrival's time, inverted; the sequence index leaves out parts that are older than an hour.
        var agents = await client.QuerySingleAsync<Agents>(
            Ask(client, """
                SELECT count() AS flows, countIf(ahead > {ahead:Int64}) AS flows_ahead, max(ahead) AS most_ahead, quantile(0.5)(-ahead) AS behind,
                       arrayStringConcat(arraySlice(groupUniqArrayIf(10)(concat(ifNull(t.pod_namespace, ''), '/', ifNull(t.pod_name, '')), ahead > {ahead:Int64}), 1, 3), ', ') AS pods
                FROM
                (
                    SELECT pod_namespace, pod_name, toInt64(toUnixTimestamp64Second(time_stamp)) - (4294967295 - toInt64(version)) AS ahead
                    FROM traffic
                    WHERE sequence > toUnixTimestamp64Micro(now64(6)) - 3600000000 AND arrival_day >= toDate(now() - 3600, 'UTC')
                ) AS t
                """) with
            { Database = client.Database, Parameters = [new("param_ahead", AheadSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture))] },
            cancellationToken);
        if (agents.Flows == 0)
        {
            return Ok("No new flow came in the last hour", ("flows", 0));
        }

        (string, object?)[] evidence =
        [
            ("flows", agents.Flows), ("flows_ahead", agents.FlowsAhead), ("most_ahead_seconds", agents.MostAhead),
            ("median_behind_seconds", agents.Behind), ("pods", agents.Pods),
        ];
        return agents.FlowsAhead > 0
            ? Warning(
                $"{agents.FlowsAhead} of the last hour's {agents.Flows} new flows have timestamps up to {agents.MostAhead} s in the future, "
                + $"of pods such as {agents.Pods}",
                "The clocks of those pods' nodes are ahead: let NTP keep them. Such flows show before newer ones.", evidence)
            : Ok($"The last hour's {agents.Flows} new flows came {agents.Behind:0} s after their timestamps (median), none from the future", evidence);
    }

    /// <summary>
    /// Flows that are in the store and on no screen: stamped a window before they came, no window by default ever has them; a
    /// window behind that, none before then.
    /// </summary>
    private async Task<IReadOnlyList<Finding>> LookForHiddenAsync(CancellationToken cancellationToken)
    {
        var found = await client.QuerySingleAsync<Hidden>(
            Ask(client, """
                SELECT count() AS flows, countIf(is_hidden) AS hidden_flows, toString(minIf(t.time_stamp, is_hidden)) AS earliest, toString(maxIf(t.time_stamp, is_hidden)) AS latest,
                       arrayStringConcat(arraySlice(topKIf(3)(concat(ifNull(t.pod_namespace, ''), '/', ifNull(t.pod_name, '')), is_hidden), 1, 3), ', ') AS pods
                FROM
                (
                    SELECT pod_namespace, pod_name, time_stamp,
                           abs(toInt64(toUnixTimestamp64Second(time_stamp)) - (4294967295 - toInt64(version))) > {window:Int64} AS is_hidden
                    FROM traffic
                    WHERE sequence > toUnixTimestamp64Micro(now64(6)) - 86400000000 AND arrival_day >= toDate(now() - 86400, 'UTC')
                ) AS t
                """).With("window", DefaultWindowSeconds) with
            { Database = client.Database },
            cancellationToken);
        (string, object?)[] evidence =
        [
            ("flows", found.Flows), ("hidden", found.HiddenFlows), ("share", found.Share), ("earliest", found.Earliest), ("latest", found.Latest),
            ("pods", found.Pods),
        ];
        return found.HiddenFlows == 0 ? [] :
        [
            Warning(
                $"{found.HiddenFlows} of the last day's {found.Flows} new flows ({found.Share:P0}) show in no default window, which is the last 24 hours: "
                + $"they are stamped from {found.Earliest} to {found.Latest}, of pods such as {found.Pods}",
                "Those nodes' clocks are wrong or count from boot: let NTP keep them, and see that the agents send UTC. "
                + "Questions with from and to that reach so far show these flows.", evidence),
        ];
    }

    private sealed record Hidden(long Flows, long HiddenFlows, string Earliest, string Latest, string Pods)
    {
        public double Share => Flows == 0 ? 0 : Math.Round((double)HiddenFlows / Flows, 4);
    }

    private sealed record Agents(long Flows, long FlowsAhead, long MostAhead, double? Behind, string Pods);
}
