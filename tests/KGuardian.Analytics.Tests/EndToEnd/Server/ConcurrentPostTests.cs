using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Exact counts whatever comes at once.</summary>
public abstract class ConcurrentPostTests(AnyServer server)
{
    private const int Clients = 64;

    [Fact]
    public async Task Overlapping_batches_of_64_clients_count_every_flow_once()
    {
        const int Distinct = 2000;
        var pod = FlowEvent.NewPod();
        var flows = FlowEvent.Many(pod, Distinct);
        var random = new Random(20260512);
        // Every client sends every flow, in an order and in batches of its own, some flows twice in a batch.
        var batches = Enumerable.Range(0, Clients)
            .Select(_ => flows.Concat(flows[..100]).OrderBy(_ => random.Next()).Chunk(random.Next(50, 400)).ToArray()).ToArray();

        var counts = await Task.WhenAll(batches.Select(own => Task.Run(async () =>
        {
            var sum = 0;
            foreach (var batch in own)
            {
                sum += await server.Api.PostBatchAsync(batch);
            }

            return sum;
        })));

        Assert.Equal(Distinct, counts.Sum());
        await server.Api.LoadedAsync();
        Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(pod));
        Assert.Equal($"{Distinct}", await server.SqlAsync($"SELECT count() FROM kguardian.traffic WHERE pod_name = '{pod}'"));
    }

    [Fact]
    public async Task Equal_single_posts_at_once_give_one_row_and_nulls()
    {
        var pod = FlowEvent.NewPod();
        for (var round = 0; round < 5; round++)
        {
            var row = FlowEvent.Of(pod, round);
            var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
            {
                using var answer = await server.Api.PostAsync("/pod/traffic", row.ToJson());
                return await answer.Content.ReadAsStringAsync();
            }));

            Assert.Equal(row.ToJson(), Assert.Single(answers, answer => answer != "null"));
        }
    }

    [Fact]
    public async Task Row_is_read_as_soon_as_it_was_acknowledged()
    {
        var pod = FlowEvent.NewPod();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (var n = 0; n < 10; n++)
            {
                var row = FlowEvent.Of(pod, (client * 100) + n);
                await server.Api.PostBatchAsync([row]);
                Assert.Contains(row, await server.Api.GetPodAsync(pod));
            }
        })));
    }
}
