using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Retention;

/// <summary>Clearing all flows, alone and amid commits.</summary>
public sealed class ClearTests
{
    [Fact]
    public async Task Clear_leaves_nothing_and_flows_count_as_new_again_also_after_a_restart()
    {
        await using var store = await RunningStore.StartAsync(days: 30);
        var flows = FlowEvent.Many("clear", 10);
        Assert.Equal(10, await store.PostAsync(flows));
        Assert.Equal(0, await store.PostAsync(flows));

        Assert.Equal(10, await store.Ingest.ClearAsync());

        Assert.Empty(await store.ReadAsync());
        await store.Ingest.FlushActivityAsync(CancellationToken.None);
        Assert.Equal(0, await store.NumberAsync("SELECT count() AS value FROM traffic_activity"));
        await store.RestartAsync(days: 30);
        Assert.Empty(await store.ReadAsync());
        Assert.Equal(10, await store.PostAsync(flows));
        Assert.Equal(10, (await store.ReadAsync()).Length);
    }

    [Fact]
    public async Task Clear_amid_commits_takes_each_batch_whole_and_counts_stay_exact()
    {
        const int Writers = 6, Clears = 5, BatchFlows = 7;
        await using var store = await RunningStore.StartAsync(days: 30);
        // Each writer has a flow that all its batches share, so that a batch holds known flows and new ones.
        var done = false;
        var acknowledged = 0L;
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var batch = 0; !Volatile.Read(ref done); batch++)
            {
                var fresh = Enumerable.Range(0, BatchFlows).Select(n => FlowEvent.Of($"writer-{writer}", 1 + (batch * BatchFlows) + n));
                var count = await store.PostAsync([FlowEvent.Of($"writer-{writer}", 0), .. fresh]);
                Assert.InRange(count, BatchFlows, BatchFlows + 1);
                Interlocked.Add(ref acknowledged, count);
            }
        })).ToArray();
        var cleared = 0L;
        for (var clear = 0; clear < Clears; clear++)
        {
            var before = Interlocked.Read(ref acknowledged);
            await Patience.UntilAsync("more batches are taken", () => Interlocked.Read(ref acknowledged) > before + 100);
            cleared += await store.Ingest.ClearAsync();
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(writers);

        var left = await store.ReadAsync();
        // Every new flow that was acknowledged was cleared by one clear, or is there.
        Assert.Equal(acknowledged, cleared + left.Length);
        Assert.Equal(left.Length, await store.NumberAsync("SELECT count() AS value FROM traffic"));
        // Whole batches: 7 flows each, and one of each writer's that it shares.
        Assert.Equal(0, await store.NumberAsync($"""
            SELECT count() AS value FROM
            (
                SELECT pod_name, sum(traffic_in_out_ip != '10.0.0.0') AS fresh, sum(traffic_in_out_ip = '10.0.0.0') AS shared
                FROM traffic GROUP BY pod_name HAVING fresh % {BatchFlows} != 0 OR shared != 1
            )
            """));
    }
}
