using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>A memory for far fewer flows than there are: counts stay exact by looking into files.</summary>
public sealed class SmallIndexTests
{
    private static readonly (string, string) Smallest = ("KGUARDIAN_DEDUP__MEMORYBYTES", "65536");

    [Fact]
    public async Task Counts_stay_exact_beyond_memory_under_concurrency_and_over_a_restart()
    {
        await using var store = await RemoteStore.CreateAsync();
        var pod = FlowEvent.NewPod();
        var first = FlowEvent.Many(pod, 3000);
        await using (var server = await store.StartServerAsync(Smallest))
        {
            Assert.Equal(first.Length, await PostFromManyAsync(server.Api, first, seed: 1));
            Assert.Equal(0, await PostFromManyAsync(server.Api, first, seed: 2));
            Assert.Equal(1, await server.Api.GetMetricAsync("kguardian_dedup_index_complete"));
            Assert.Equal(first.Length, await server.Api.GetMetricAsync("kguardian_dedup_known_flows"));
            await Patience.UntilAsync("most flows are in files", async () =>
                await server.Api.GetMetricAsync("kguardian_dedup_file_bytes") > first.Length * 8
                && await server.Api.GetMetricAsync("kguardian_dedup_files") < 8);
            Assert.Equal(0, await PostFromManyAsync(server.Api, first, seed: 4));
            Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_dedup_lookups_total"));
            using var repeated = await server.Api.PostAsync("/pod/traffic", first[0].ToJson());
            Assert.Equal("null", await repeated.Content.ReadAsStringAsync());
            Assert.Equal(0, await server.StopAsync());
        }

        await using (var server = await store.StartServerAsync(Smallest))
        {
            Assert.Equal(first.Length, await server.Api.GetMetricAsync("kguardian_dedup_known_flows"));
            var more = FlowEvent.Many(pod, 3500);
            Assert.Equal(500, await PostFromManyAsync(server.Api, more, seed: 3));
            await server.Api.LoadedAsync();
            Assert.Equal(FlowEvent.NewestFirst(more), await server.Api.GetPodAsync(pod));
            Assert.Equal("3500", await store.SqlAsync("SELECT count() FROM kguardian.traffic"));
        }
    }

    [Fact]
    public async Task Server_killed_under_load_has_every_acknowledged_flow_once()
    {
        await using var store = await RemoteStore.CreateAsync();
        var server = await store.StartServerAsync(Smallest);
        try
        {
            await using var load = new FlowLoad(server.Api, clients: 4);
            for (var round = 0; round < 2; round++)
            {
                await load.GrowAsync(600);
                await server.DisposeAsync();
                server = await store.StartServerAsync(Smallest);
                load.GoOnWith(server.Api);
            }

            await load.GrowAsync(300);
            await load.EndAsync();
            await load.AssertStoredAsync(server.Api, exact: false);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    // Every flow comes from two of the clients, in batches of their own.
    private static async Task<int> PostFromManyAsync(ApiClient api, FlowEvent[] flows, int seed)
    {
        const int Clients = 16;
        var random = new Random(seed);
        var batches = flows.Concat(flows).OrderBy(_ => random.Next()).Chunk(100).ToArray();
        var counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var sum = 0;
            foreach (var batch in batches.Where((_, n) => n % Clients == client))
            {
                sum += await api.PostBatchAsync(batch);
            }

            return sum;
        })));
        return counts.Sum();
    }
}
