using System.IO.Pipelines;
using System.Text;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Migrations;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>The tiers over a database of their own, with a clock whose days pass when a test says so.</summary>
internal sealed class RunningStore : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly TestDirectory _directory = new();
    private readonly IngestMetrics _metrics = new(Meters.New());
    private readonly ClickHouseHealth _health;
    private IngestSessions _sessions = null!;

    private RunningStore(TestDatabase database, ShiftedClock clock)
    {
        _database = database;
        Clock = clock;
        Client = new ClickHouseClient(
            [database.Endpoint], new ClickHouseClientOptions { Database = database.Name }, NullLogger<ClickHouseClient>.Instance);
        _health = new ClickHouseHealth(Client, Clock, NullLogger<ClickHouseHealth>.Instance);
    }

    public ShiftedClock Clock { get; }

    private int VerdictDays { get; init; }

    public string Database => _database.Name;

    public ClickHouseEndpoint Endpoint => _database.Endpoint;

    public ClickHouseClient Client { get; }

    public IngestTier Ingest { get; private set; } = null!;

    public RetentionPolicy Policy { get; private set; } = null!;

    public RetentionWindow Window { get; private set; } = null!;

    /// <summary>What the tiers believe of <see cref="Clock"/>.</summary>
    public TrustedClock Believed { get; private set; } = null!;

    /// <summary>A store on the shared node, or on one of the test's, whose first day may be some days ago.</summary>
    public static async Task<RunningStore> StartAsync(int days, long memoryBytes = 64 << 20, LocalNode? node = null, int daysAgo = 0, int verdictDays = 30)
    {
        await AwaitMidnightAsync();
        var clock = new ShiftedClock();
        clock.Pass(-daysAgo);
        var store = new RunningStore(node is null ? await SharedNode.CreateDatabaseAsync() : await TestDatabase.CreateAsync(node.Endpoint), clock)
        {
            VerdictDays = verdictDays,
        };
        await new Migrator(store.Client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        await store.StartTiersAsync(days, memoryBytes);
        return store;
    }

    /// <summary>Ends the tiers and starts new ones over the same data.</summary>
    public async Task RestartAsync(int days)
    {
        await Ingest.StopAsync(CancellationToken.None);
        await StopTiersAsync();
        await StartTiersAsync(days, 64 << 20);
    }

    /// <summary>Days pass, and the window moves as it does within a second of a midnight.</summary>
    public async Task PassAsync(int days)
    {
        Clock.Pass(days);
        Believed.Observe();
        await Policy.AdvanceAsync(CancellationToken.None);
    }

    /// <summary>Commits a batch; returns how many of its flows were new.</summary>
    public Task<int> PostAsync(params FlowEvent[] events) => TierCalls.PostAsync(Ingest, _sessions, events);

    /// <summary>Imports a batch whose flows keep their age; returns how many were new, and how many too old.</summary>
    public async Task<(int Fresh, int Older)> ImportAsync(params FlowEvent[] events)
    {
        using var session = _sessions.Open();
        session.Batch.OldestDay = Window.OldestDayNumber;
        await session.ReadAsync(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(FlowEvent.Batch(events)))), BodyShape.Batch, CancellationToken.None);
        return (await Ingest.CommitAsync(session.Batch, isHistory: true), session.Batch.OlderCount);
    }

    /// <summary>The uuids that a read shows.</summary>
    public Task<string[]> ReadAsync() => TierCalls.ReadAsync(Ingest, Client, Window);

    /// <summary>A number that ClickHouse computes over the stored rows, hidden ones included.</summary>
    public async Task<long> NumberAsync(string sql) => (await Client.QuerySingleAsync<Number>(new ClickHouseQuery(sql))).Value;

    /// <summary>The stored uuids in the order of their flows' arrival, hidden ones included.</summary>
    public async Task<string[]> ArrivalsAsync() =>
        [.. (await Client.QueryAsync<Row>(new ClickHouseQuery("SELECT lower(hex(uuid)) AS uuid FROM traffic ORDER BY sequence")))
            .Select(row => Guid.Parse(row.Uuid).ToString("D"))];

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Ends the tiers, and leaves the database as it is.</summary>
    public async Task LeaveAsync()
    {
        await StopTiersAsync();
        await _health.DisposeAsync();
        Client.Dispose();
        _directory.Dispose();
    }

    /// <summary>Days pass when a test says so, here and in ClickHouse: what would run into midnight (UTC) begins after it.</summary>
    public static async Task AwaitMidnightAsync()
    {
        while (DateTime.UtcNow is { Hour: 23, Minute: >= 57 })
        {
            await Task.Delay(200);
        }
    }

    private async Task StartTiersAsync(int days, long memoryBytes)
    {
        var kept = Believed?.Reading;
        Believed = new TrustedClock(Clock, new ClockWitness("one start", () => null));
        Believed.Start(kept, newest: null);
        Window = new RetentionWindow();
        Ingest = new IngestTier(
            ClickHouseCluster.Of(Client), _health, new IngestOptions(), new DedupOptions { MemoryBytes = memoryBytes },
            Window, IngestDirectories.In(_directory.Path), Believed, _metrics, NullLogger<IngestTier>.Instance);
        Policy = new RetentionPolicy(
            ClickHouseCluster.Of(Client), Window, new RetentionOptions { Days = days, VerdictDays = VerdictDays }, Ingest.ForgetExpired, false,
            Believed, NullLogger<RetentionPolicy>.Instance);
        _sessions = new IngestSessions(Ingest, new IngestOptions(), _metrics);
        await Policy.LoadAsync(CancellationToken.None);
        await Ingest.StartAsync(CancellationToken.None);
    }

    private async Task StopTiersAsync()
    {
        await Policy.DisposeAsync();
        await Ingest.DisposeAsync();
    }

    private sealed record Number(long Value);

    private sealed record Row(string Uuid);
}
