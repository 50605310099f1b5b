using System.Globalization;
using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Diagnosis;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Upstream;

/// <summary>
/// Compares this server with the old broker: what became of the posts for it, how many flows the same batches made new here and there, and the flows of
/// some pods. All of it is bounded: <c>GET /pod/traffic</c>, which may have no end there, is never asked for.
/// </summary>
/// <param name="tee">Counts.</param>
/// <param name="broker">The old broker.</param>
/// <param name="options">Settings <c>Upstream:*</c>.</param>
/// <param name="cluster">This store.</param>
internal sealed class BrokerCheck(BrokerTee tee, BrokerClient broker, UpstreamOptions options, ClickHouseCluster cluster) : Check("upstream")
{
    /// <summary>Pods whose flows are compared.</summary>
    private const int SamplePods = 3;

    /// <summary>What is read of a pod's flows: some 12,000.</summary>
    private const int MostBytes = 4 << 20;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken) =>
        [Count(), await CompareAsync(cancellationToken)];

    private Finding Count()
    {
        var (sent, failed, shed) = (tee.Lines.Sum(line => line.Sent), tee.Lines.Sum(line => line.Failed), tee.Lines.Sum(line => line.Shed));
        (string, object?)[] evidence =
        [
            ("sent", sent), ("failed", failed), ("shed", shed), ("queued_bytes", tee.QueuedBytes), ("new_flows_here", tee.NewHere),
            ("new_flows_there", tee.NewThere),
        ];
        var what = $"The old broker {options.BrokerUrl} took {sent} posts since this server started, {failed} failed and {shed} were shed; "
            + $"of the same batches {tee.NewHere} flows were new here and {tee.NewThere} there";
        return failed + shed == 0 && tee.Problem is null ? Ok(what, evidence)
            : Warning(
                tee.Problem is { } problem ? $"{what}. The last post failed: it {problem}" : what,
                "Going back to it would miss those. See that it runs, that Upstream:Token is its token and that network policies let this server reach it; "
                + "Upstream:MaxQueuedBytes bounds what may wait.", evidence);
    }

    private async Task<Finding> CompareAsync(CancellationToken cancellationToken)
    {
        var ours = await cluster.Front.QueryAsync<PodFlows>(
            new ClickHouseQuery("""
                SELECT ifNull(t.pod_name, '') AS pod, toInt64(count()) AS flows
                FROM traffic AS t
                WHERE t.pod_name IN (SELECT DISTINCT s.pod_name FROM traffic AS s WHERE s.arrival_day >= today() - 1 AND s.pod_name != '' LIMIT {pods:UInt64})
                GROUP BY pod
                ORDER BY pod
                """) { TimeLimit = TimeSpan.FromSeconds(5) }.With("pods", SamplePods),
            cancellationToken);
        try
        {
            var (status, _) = await broker.GetAsync("/health", mostBytes: 1024, cancellationToken);
            var theirs = new List<int?>();
            foreach (var pod in ours)
            {
                theirs.Add(await CountAsync(pod.Pod, cancellationToken));
            }

            return Describe(status, ours, theirs);
        }
        catch (BrokerException e)
        {
            return Warning(
                $"The old broker {options.BrokerUrl} {e.Message}", "Without it there is no way back that has the flows of meanwhile.",
                ("url", options.BrokerUrl));
        }
    }

    private Finding Describe(HttpStatusCode health, IReadOnlyList<PodFlows> ours, List<int?> theirs)
    {
        var pods = string.Join("; ", ours.Zip(theirs).Select(pod =>
            $"{pod.First.Pod} {pod.First.Flows} here, {pod.Second?.ToString(CultureInfo.InvariantCulture) ?? "more than is read"} there"));
        var what = $"The old broker's /health is {(int)health}; flows of {ours.Count} pods: {(pods.Length == 0 ? "none came today" : pods)}";
        (string, object?)[] evidence = [("health", (int)health), ("pods", pods)];
        return health == HttpStatusCode.OK && !theirs.Contains(0)
            ? Ok(what, evidence)
            : Warning(
                what, "It lacks what it should have: see the finding before, and its own log. Counts differ a little where it stores a flow twice, "
                + "or takes two of UDP for one.", evidence);
    }

    /// <summary>How many flows of a pod it shows; null for more than are read.</summary>
    private async Task<int?> CountAsync(string pod, CancellationToken cancellationToken)
    {
        var (status, body) = await broker.GetAsync($"/pod/traffic/{Uri.EscapeDataString(pod)}", MostBytes, cancellationToken);
        if (status == HttpStatusCode.NotFound)
        {
            return 0;
        }

        if (status != HttpStatusCode.OK)
        {
            throw new BrokerException($"answered {(int)status} to /pod/traffic/{pod}");
        }

        try
        {
            using var rows = body is null ? null : JsonDocument.Parse(body);
            return rows is null ? null
                : rows.RootElement.ValueKind == JsonValueKind.Array ? rows.RootElement.GetArrayLength()
                : throw new BrokerException($"answered no list to /pod/traffic/{pod}");
        }
        catch (JsonException e)
        {
            throw new BrokerException($"answered no JSON to /pod/traffic/{pod}", cause: e);
        }
    }

    private sealed record PodFlows(string Pod, long Flows);
}
