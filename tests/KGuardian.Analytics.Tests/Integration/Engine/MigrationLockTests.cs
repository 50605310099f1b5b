using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class MigrationLockTests : IAsyncLifetime
{
    private static readonly IReadOnlyList<Migration> All = StoreSchema.Migrations;

    private readonly ListLogger<Migrator> _log = new();
    private TestDatabase _database = null!;
    private ClickHouseClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SharedNode.CreateDatabaseAsync();
        _client = _database.Client();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Migrate_by_several_servers_at_once_applies_each_migration_once()
    {
        await _database.SqlAsync($"DROP DATABASE {_database.Name} SYNC");

        var steps = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => new Migrator(_client, All, NullLogger<Migrator>.Instance).MigrateAsync(alone: false))));

        Assert.Equal([0, 0, 0, All.Count], steps.Order());
        Assert.Equal($"{All.Count}", await _database.SqlAsync("SELECT count() FROM schema_migrations"));
    }

    [Fact]
    public async Task Migrate_waits_for_the_lock_of_another_server()
    {
        var held = await MigrationLock.TakeAsync(_client, _log, CancellationToken.None);
        var waiting = new Migrator(_client, All, _log).MigrateAsync(alone: false);
        await Patience.UntilAsync(() => _log.Entries.Any(entry => entry.Id.Id == 1111));
        Assert.False(waiting.IsCompleted);
        await held.EnsureHeldAsync(CancellationToken.None);

        await held.DisposeAsync();

        Assert.Equal(All.Count, await waiting);
    }

    [Fact]
    public async Task Migrate_cancelled_while_it_waits_leaves_the_others_lock()
    {
        await using var held = await MigrationLock.TakeAsync(_client, _log, CancellationToken.None);
        using var cancelled = new CancellationTokenSource();
        var waiting = new Migrator(_client, All, _log).MigrateAsync(alone: false, cancelled.Token);
        await Patience.UntilAsync(() => _log.Entries.Any(entry => entry.Id.Id == 1111));

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await held.EnsureHeldAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Migrate_alone_drops_a_lock_that_a_crash_left()
    {
        await MigrationLock.TakeAsync(_client, _log, CancellationToken.None);

        Assert.Equal(All.Count, await new Migrator(_client, All, _log).MigrateAsync(alone: true));
    }

    [Fact]
    public async Task Migrate_takes_a_stale_lock_over()
    {
        await MigrationLock.TakeAsync(_client, _log, CancellationToken.None);
        await MakeStaleAsync();

        Assert.Equal(All.Count, await new Migrator(_client, All, _log).MigrateAsync(alone: false));

        Assert.Contains(_log.Entries, entry => entry.Id.Id == 1112 && entry.Level == LogLevel.Warning);
        Assert.Equal("0", await _database.SqlAsync("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name LIKE 'schema_lock%'"));
    }

    [Fact]
    public async Task Migrate_by_several_servers_over_a_stale_lock_ends_with_each_migration_once()
    {
        await MigrationLock.TakeAsync(_client, _log, CancellationToken.None);
        await MakeStaleAsync();

        var steps = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => new Migrator(_client, All, _log).MigrateAsync(alone: false))));

        Assert.Equal([0, 0, 0, All.Count], steps.Order());
    }

    [Fact]
    public async Task Holder_whose_lock_was_taken_over_stops_and_leaves_the_new_one_alone()
    {
        var slow = await MigrationLock.TakeAsync(_client, _log, CancellationToken.None);
        await MakeStaleAsync();
        await using var next = await MigrationLock.TakeAsync(_client, _log, CancellationToken.None);

        await Assert.ThrowsAsync<SchemaException>(() => slow.EnsureHeldAsync(CancellationToken.None));
        await slow.DisposeAsync();

        await next.EnsureHeldAsync(CancellationToken.None);
    }

    // The lock's age is that of its metadata file.
    private async Task MakeStaleAsync()
    {
        var path = await _database.SqlAsync("SELECT metadata_path FROM system.tables WHERE database = currentDatabase() AND name = 'schema_lock'");
        if (!Path.IsPathRooted(path))
        {
            path = Path.Combine((await _database.SqlAsync("SELECT path FROM system.disks WHERE name = 'default'")).TrimEnd('/'), path);
        }

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
    }
}
