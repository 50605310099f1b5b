using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>An ingest tier with what it needs. Disposing it is a crash: from one moment on nothing reaches ClickHouse any more.</summary>
internal sealed class RunningTier : IAsyncDisposable
{
    private readonly TcpRelay _connection;
    private readonly bool _ownsConnection;

    private RunningTier(
        TcpRelay connection, bool ownsConnection, ClickHouseClient client, ClickHouseHealth health, IngestMetrics metrics, IngestTier tier)
    {
        _connection = connection;
        _ownsConnection = ownsConnection;
        Client = client;
        Health = health;
        Metrics = metrics;
        Tier = tier;
    }

    /// <summary>Nothing goes to ClickHouse by itself: only a flush sends it.</summary>
    public static IngestOptions OnlyOnFlush => new() { LoadInterval = TimeSpan.FromHours(1), ActivityInterval = TimeSpan.FromHours(1) };

    public ClickHouseClient Client { get; }

    public ClickHouseHealth Health { get; }

    public IngestMetrics Metrics { get; }

    public IngestTier Tier { get; }

    /// <summary>A started one. Not so its <see cref="Health"/>: a late sign of life refuses flows, so that is for tests of outages only.</summary>
    public static async Task<RunningTier> StartAsync(
        TestDatabase database, TestDirectory journal, IngestOptions? options = null, long maxFlowsInMemory = 1_000_000, TcpRelay? through = null,
        TimeProvider? clock = null)
    {
        var running = Create(database, journal, options, maxFlowsInMemory, through, clock);
        await running.Tier.StartAsync(CancellationToken.None);
        return running;
    }

    /// <summary>One that is not started.</summary>
    public static RunningTier Create(
        TestDatabase database, TestDirectory journal, IngestOptions? options = null, long maxFlowsInMemory = 1_000_000, TcpRelay? through = null,
        TimeProvider? clock = null)
    {
        var connection = through ?? new TcpRelay(database.Endpoint.Url);
        var client = database.Client(through: connection.Address);
        var health = new ClickHouseHealth(client, TimeProvider.System, NullLogger<ClickHouseHealth>.Instance);
        var metrics = new IngestMetrics(Meters.New());
        var tier = new IngestTier(
            ClickHouseCluster.Of(client), health, options ?? new IngestOptions(), new DedupOptions { MaxFlowsInMemory = maxFlowsInMemory },
            TestClients.KeepAll, journal.Path, clock ?? TimeProvider.System, metrics, NullLogger<IngestTier>.Instance);
        return new RunningTier(connection, through is null, client, health, metrics, tier);
    }

    /// <summary>Commits flows in one batch; returns how many were new.</summary>
    public async Task<int> CommitAsync(IEnumerable<int> flows) => await Tier.CommitAsync(TestFlows.Batch(flows, Tier.Hasher));

    /// <summary>The same, again and again while it is refused: nothing of a refused batch is stored or counted.</summary>
    public async Task<int> CommitPatientlyAsync(IReadOnlyCollection<int> flows)
    {
        var fresh = 0;
        await Patience.UntilAsync(async () =>
        {
            try
            {
                fresh = await CommitAsync(flows);
                return true;
            }
            catch (IngestUnavailableException)
            {
                return false;
            }
        });
        return fresh;
    }

    /// <summary>Brings everything acknowledged into ClickHouse.</summary>
    public Task FlushAsync() => Tier.FlushAsync().AsTask().WaitAsync(Patience.Limit);

    public async ValueTask DisposeAsync()
    {
        _connection.GoAway();
        await Tier.DisposeAsync();
        await Health.DisposeAsync();
        Client.Dispose();
        if (_ownsConnection)
        {
            await _connection.DisposeAsync();
        }
    }
}
