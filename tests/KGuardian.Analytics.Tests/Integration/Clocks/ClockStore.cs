using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Clocks;

/// <summary>An ingest server's tiers on a simulated machine, over a database of its own or another server's. Nothing moves but when a test says so.</summary>
internal sealed class ClockStore : IAsyncDisposable
{
    private readonly TestDatabase? _own;
    private readonly TestDirectory _directory = new();
    private readonly IngestMetrics _metrics = new(Meters.New());
    private readonly ClickHouseHealth _health;
    private readonly int _days;
    private readonly IngestServers _servers;
    private IngestSessions _sessions = null!;
    private AdminEventLog _events = null!;
    private IngestTier _ingest = null!;
    private bool _runs;

    private ClockStore(TestDatabase database, TestDatabase? own, SimulatedMachine machine, int days, IngestServers servers)
    {
        _own = own;
        _days = days;
        _servers = servers;
        Database = database;
        Machine = machine;
        Client = new ClickHouseClient(
            [database.Endpoint], new ClickHouseClientOptions { Database = database.Name }, NullLogger<ClickHouseClient>.Instance);
        _health = new ClickHouseHealth(Client, TimeProvider.System, NullLogger<ClickHouseHealth>.Instance);
    }

    public TestDatabase Database { get; }

    public SimulatedMachine Machine { get; }

    public ClickHouseClient Client { get; }

    public TrustedClock Clock { get; private set; } = null!;

    public ClockWatch Watch { get; private set; } = null!;

    public ClockLog Log => new(ClickHouseCluster.Of(Client));

    public RetentionPolicy Policy { get; private set; } = null!;

    public RetentionWindow Window { get; private set; } = null!;

    /// <summary>A migrated store, and no server yet.</summary>
    public static async Task<ClockStore> CreateAsync(int days, SimulatedMachine machine)
    {
        var database = await SharedNode.CreateDatabaseAsync();
        var store = new ClockStore(database, database, machine, days, IngestServers.One);
        await new Migrator(store.Client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        return store;
    }

    /// <summary>Two servers of one store, each on a machine of its own; neither is started.</summary>
    public static async Task<(ClockStore One, ClockStore Other)> CreatePairAsync(int days, SimulatedMachine one, SimulatedMachine other)
    {
        var database = await SharedNode.CreateDatabaseAsync();
        var first = new ClockStore(database, database, one, days, IngestServers.Several);
        await new Migrator(first.Client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        return (first, new ClockStore(database, null, other, days, IngestServers.Several));
    }

    /// <summary>Starts the server as StoreStartup does.</summary>
    public async Task StartAsync()
    {
        var cluster = ClickHouseCluster.Of(Client);
        Clock = new TrustedClock(Machine, Machine.Witness);
        Window = new RetentionWindow();
        _ingest = new IngestTier(
            cluster, _health, new IngestOptions { Servers = _servers }, new DedupOptions(), Window, IngestDirectories.In(_directory.Path), Clock, _metrics,
            NullLogger<IngestTier>.Instance);
        Policy = new RetentionPolicy(
            cluster, Window, new RetentionOptions { Days = _days }, _ingest.ForgetExpired, _servers == IngestServers.Several,
            Clock, NullLogger<RetentionPolicy>.Instance);
        _sessions = new IngestSessions(_ingest, new IngestOptions(), _metrics);
        _events = new AdminEventLog(cluster, Clock, Meters.New(), NullLogger<AdminEventLog>.Instance);
        Watch = new ClockWatch(
            Clock, new ClockFile(_directory.Path, NullLogger.Instance), _ => Task.FromResult(Machine.GetUtcNow()), new ClockLog(cluster), _events,
            Meters.New(), NullLogger<ClockWatch>.Instance);
        await Watch.StartAsync(await _ingest.ReadNewestArrivalAsync(default), default);
        await Policy.LoadAsync(default);
        await _ingest.StartAsync(default);
        _runs = true;
    }

    /// <summary>Ends the server: in order, or as a kill does, with what is not in ClickHouse yet left in the journal.</summary>
    public async Task EndAsync(bool killed)
    {
        if (!_runs)
        {
            return;
        }

        _runs = false;
        if (!killed)
        {
            await _ingest.StopAsync(default);
        }

        await Policy.DisposeAsync();
        await _ingest.DisposeAsync();
        await Watch.DisposeAsync();
        await _events.FlushAsync(default);
        await _events.DisposeAsync();
    }

    /// <summary>What the loops of a server do within a second.</summary>
    public async Task LookAsync()
    {
        await Watch.LookAsync(default);
        await Policy.AdvanceAsync(default);
    }

    /// <summary>Commits a batch; returns how many of its flows were new.</summary>
    public Task<int> PostAsync(params FlowEvent[] events) => TierCalls.PostAsync(_ingest, _sessions, events);

    /// <summary>The uuids that a read shows.</summary>
    public Task<string[]> ReadAsync() => TierCalls.ReadAsync(_ingest, Client, Window);

    /// <summary>How many flows this server knows.</summary>
    public long KnownFlows => _ingest.Status.KnownFlows;

    public async ValueTask DisposeAsync()
    {
        await EndAsync(killed: true);
        await _health.DisposeAsync();
        Client.Dispose();
        _directory.Dispose();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }
}
