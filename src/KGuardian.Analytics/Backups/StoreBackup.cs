using System.Globalization;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Backups;

/// <summary>Makes backups of a store with ClickHouse's BACKUP: full ones, and ones that only have what is not in the backup before them.</summary>
internal sealed partial class StoreBackup(ClickHouseClient client, TimeProvider clock, ILogger<StoreBackup> logger)
{
    private readonly BackupCatalog _catalog = new(client);
    private readonly BackupReader _reader = new(client);

    /// <summary>
    /// Makes one. Everything that is in the tables when this is called is in it; what is not there yet, such as a journal's flows, is the caller's
    /// to bring in before.
    /// </summary>
    /// <param name="destination">Where to.</param>
    /// <param name="full">Whether it is to stand alone; else it builds on the last one there, if there is one.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; what was written is removed by ClickHouse.</param>
    /// <exception cref="BackupException">It could not be made.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<BackupRecord> RunAsync(BackupDestination destination, bool full, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var last = full ? null : (await _catalog.ListAsync(cancellationToken)).FirstOrDefault(record => record.Destination == destination.ToString());
        try
        {
            if (last is not null)
            {
                // Before anything is written: what it builds on was deleted, is damaged, or the destination is a new disk under the old name.
                await _reader.OpenAsync(destination.Of(last.Name), cancellationToken);
            }

            return await WriteAsync(destination, last, progress, cancellationToken);
        }
        catch (BackupException e) when (last is not null && e.IsDamage)
        {
            LogBaseDamaged(last.Name, e.Message);
            return await WriteAsync(destination, null, progress, cancellationToken);
        }
    }

    private async Task<BackupRecord> WriteAsync(
        BackupDestination destination, BackupRecord? last, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        progress(new BackupProgress("snapshot"));
        await using var snapshot = await StoreSnapshot.TakeAsync(client, cancellationToken);
        var taken = clock.GetUtcNow();
        var time = taken.UtcDateTime.ToString("yyyy-MM-dd'T'HH-mm-ss.fff'Z'", CultureInfo.InvariantCulture);
        var name = $"{client.Database}-{time}-{(last is null ? "full" : "incremental")}";
        var counts = await client.QuerySingleAsync<Counts>(
            new ClickHouseQuery("""
                SELECT sumIf(p.rows, p.table = 'traffic') AS flows, sum(p.rows) AS all_rows, (SELECT max(version) FROM schema_migrations) AS schema_version
                FROM system.parts AS p WHERE p.active AND p.database = currentDatabase()
                """) { Database = snapshot.Database },
            cancellationToken);
        // With the row that follows.
        var record = new BackupRecord(name, destination.ToString(), last?.Name, taken, counts.SchemaVersion, counts.Flows, counts.AllRows + 1, 0);
        await _catalog.AddAsync(record, snapshot.Database, cancellationToken);
        await StoreManifest.WriteAsync(client, snapshot.Database, cancellationToken);
        var basedOn = last is null ? "" : $", base_backup = {destination.Of(last.Name).Sql}";
        var bytes = await EngineJob.RunAsync(
            client, $"BACKUP {snapshot.Elements} TO {destination.Of(name).Sql}", basedOn, "backup", progress, cancellationToken);
        progress(new BackupProgress("verify"));
        await ReadBackAsync(
            destination.Of(name), await StoreManifest.ReadAsync(client, snapshot.Database, StoreManifest.Table, cancellationToken),
            cancellationToken);
        var done = record with { Bytes = bytes };
        await _catalog.AddAsync(done, null, cancellationToken);
        LogDone(done.Name, done.Destination, done.Flows, done.Bytes);
        return done;
    }

    /// <summary>Reads the backup, with what it builds on, where it is: all of what was to be copied is there, as it was written.</summary>
    private async Task ReadBackAsync(BackupDestination place, IReadOnlyList<StoreManifest.Entry> expected, CancellationToken cancellationToken)
    {
        if (StoreManifest.Difference(expected, await _reader.OpenAsync(place, cancellationToken)) is { } difference)
        {
            throw BackupReader.Damaged(place, difference, null);
        }

        await _reader.ReadAsync(place, expected, cancellationToken);
    }

    [LoggerMessage(1501, LogLevel.Information, "Backup {Name} in {Destination}: {Flows} flows, {Bytes} bytes")]
    private partial void LogDone(string name, string destination, long flows, long bytes);

    [LoggerMessage(1502, LogLevel.Warning, "No backup can build on {Name}, so the new one is a full one: {Reason}")]
    private partial void LogBaseDamaged(string name, string reason);

    private sealed record Counts(long Flows, long AllRows, int SchemaVersion);
}
