using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>A migrated database and a journal's directory for each test of the ingest tier.</summary>
public abstract class TierTest : IAsyncLifetime
{
    protected TestDatabase Database { get; private set; } = null!;

    internal TestDirectory Journal { get; } = new();

    public virtual async ValueTask InitializeAsync() => Database = await TestClients.CreateMigratedDatabaseAsync();

    public virtual async ValueTask DisposeAsync()
    {
        Journal.Dispose();
        await Database.DisposeAsync();
    }

    /// <summary>Stored rows must be as many as distinct flows, and as many as were acknowledged as new.</summary>
    protected async Task AssertStoredAsync(int flows) =>
        Assert.Equal($"{flows}\t{flows}", await Database.SqlAsync("""
            SELECT count(), uniqExact(tuple(pod_ip, pod_port, traffic_type, traffic_in_out_ip, traffic_in_out_port, ip_protocol, decision)) FROM traffic
            """));

    /// <summary>Many commit flows at once that others commit too: each flow is counted as new once, and stored once.</summary>
    internal async Task AssertExactByManyAsync(RunningTier running, int clients, int batches, int flows, int of, int before = 0)
    {
        var sent = new System.Collections.Concurrent.ConcurrentBag<int>();

        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            var total = 0;
            for (var i = 0; i < batches; i++)
            {
                var batch = Enumerable.Range(0, flows).Select(_ => random.Next(of)).ToArray();
                Array.ForEach(batch, sent.Add);
                total += await running.CommitAsync(batch);
            }

            return total;
        })));

        var distinct = sent.Distinct().Count();
        Assert.Equal(distinct, counts.Sum());
        await running.FlushAsync();
        await AssertStoredAsync(before + distinct);
    }
}
