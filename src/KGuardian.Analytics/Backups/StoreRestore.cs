using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// Restores a store from a backup: into a database beside it, counted against the backup's manifest, then put in its place. Whenever it is
/// interrupted the store is wholly the one before or wholly the restored one.
/// </summary>
/// <param name="client">ClickHouse; its database is the store. No server may use it: the dedup index would not know the flows.</param>
/// <param name="newestSchema">The newest schema version that this binary knows.</param>
/// <param name="clock">Now.</param>
/// <param name="retentionDays">Days that flows are kept where nothing else was set; 0 keeps them for ever.</param>
internal sealed class StoreRestore(ClickHouseClient client, int newestSchema, TimeProvider clock, int retentionDays = 0)
{
    private readonly StoreDatabases _names = new(client.Database);

    /// <summary>Restores.</summary>
    /// <param name="from">The place of one backup.</param>
    /// <param name="replace">Whether a store that has flows may be replaced.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it; the store is then the one before.</param>
    /// <exception cref="BackupException">It was not restored, and nothing was changed.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<RestoreReport> RunAsync(BackupDestination from, bool replace, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        await ClusterStore.RefuseAsync(client, cancellationToken);
        await StoreSwap.FinishAsync(client, alone: false, cancellationToken);
        if (!replace)
        {
            await RefuseStoreWithFlowsAsync(cancellationToken);
        }

        var report = await StageAsync(from, progress, cancellationToken);
        progress(new BackupProgress("swap"));
        report = report with { ExpiredDays = await new StoreSuccession(client, _names.Restoring, retentionDays, clock).TakeOverAsync(cancellationToken) };
        // From here on it is carried out, whatever happens.
        await StoreSwap.RenameAsync(client, _names.Restoring, _names.Restored, CancellationToken.None);
        await StoreSwap.FinishAsync(client, alone: false, CancellationToken.None);
        return report;
    }

    /// <summary>Restores beside the store, counts, and drops it again: shows that the backup, and what it builds on, can be restored.</summary>
    /// <exception cref="BackupException">It cannot.</exception>
    public async Task<RestoreReport> VerifyAsync(BackupDestination from, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var report = await StageAsync(from, progress, cancellationToken);
        await StoreSnapshot.DropAsync(client, _names.Restoring, cancellationToken);
        return report;
    }

    private async Task RefuseStoreWithFlowsAsync(CancellationToken cancellationToken)
    {
        var rows = await client.QuerySingleAsync<long>(
            new ClickHouseQuery("""
                SELECT ifNull(sum(total_rows), 0) AS rows FROM system.tables
                WHERE database = {database:String} AND name IN ('traffic', 'traffic_activity', 'rejected_events', 'pod_states', 'service_states', 'pod_syscalls',
                    'audit_verdicts', 'secure_events', 'known_edges')
                """) { Database = "default" }.With("database", client.Database),
            cancellationToken);
        if (rows > 0)
        {
            throw new BackupException($"The store has {rows} rows. To have them replaced by the backup's say --replace");
        }
    }

    private async Task<RestoreReport> StageAsync(BackupDestination from, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var side = _names.Restoring;
        if (from.LocalPath is not null && BackupFiles.FindDamage(from) is { } damage)
        {
            throw BackupReader.Damaged(from, damage, null);
        }

        await StoreSnapshot.DropAsync(client, side, cancellationToken);
        await StoreSnapshot.CreateAsync(client, side, cancellationToken);
        try
        {
            var whole = $"RESTORE DATABASE {StoreDatabases.NameInBackup} AS {StoreSnapshot.Quoted(side)} FROM {from.Sql}";
            await RunAsync(from, whole, ", structure_only = true", "schema", progress, cancellationToken);
            var tables = await TablesAsync(side, cancellationToken);
            if (!tables.Contains(StoreManifest.Table))
            {
                throw new BackupException($"{from} is no backup of this program's: it has no table {StoreManifest.Table}");
            }
            // Merges would change the counts before they are compared.
            await MergesAsync("STOP", side, tables, cancellationToken);
            var version = await RestoreSchemaVersionAsync(from, side, progress, cancellationToken);
            await RunAsync(from, whole, "", "restore", progress, cancellationToken);
            progress(new BackupProgress("verify"));
            var expected = await StoreManifest.ReadAsync(client, side, StoreManifest.Table, cancellationToken);
            if (StoreManifest.Difference(expected, await StoreManifest.CountAsync(client, side, cancellationToken)) is { } difference)
            {
                throw new BackupException($"{from} was not restored as it was backed up: {difference}. Nothing was changed");
            }

            foreach (var table in tables)
            {
                await BackupReader.CheckAsync(client, side, table, from, cancellationToken);
            }

            await MergesAsync("START", side, tables, cancellationToken);
            progress(new BackupProgress("views"));
            var left = await new RestoredViews(client).PrepareAsync(side, version, cancellationToken);
            foreach (var table in tables.Intersect([StoreManifest.Table, ViewTexts.Table]))
            {
                await client.ExecuteAsync(new ClickHouseQuery($"DROP TABLE {table} SYNC") { Database = side }, cancellationToken);
            }

            return new RestoreReport(
                from.ToString(), expected.Where(entry => entry.TableName == "traffic").Sum(entry => entry.Rows), expected.Sum(entry => entry.Rows),
                expected.Count, version)
            { LeftViews = left };
        }
        catch (Exception e) when (e is BackupException or ClickHouseException or OperationCanceledException)
        {
            await StoreSnapshot.DropAsync(client, side, CancellationToken.None);
            throw;
        }
    }

    private async Task RunAsync(
        BackupDestination from, string statement, string settings, string phase, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            await EngineJob.RunAsync(client, statement, settings, phase, progress, cancellationToken);
        }
        catch (BackupException e) when (!e.IsOutOfReach)
        {
            throw BackupReader.Damaged(from, e.Message, e);
        }
    }

    /// <summary>Before anything large is copied: a backup of a newer program's is of no use here.</summary>
    private async Task<int> RestoreSchemaVersionAsync(BackupDestination from, string side, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        const string History = "schema_migrations";
        await RunAsync(
            from,
            $"RESTORE TABLE {StoreDatabases.NameInBackup}.{History} AS {StoreSnapshot.Quoted(side)}.{History} FROM {from.Sql}",
            "", "schema", progress, cancellationToken);
        var version = await client.QuerySingleAsync<int>(
            new ClickHouseQuery($"SELECT max(version) AS version FROM {History}") { Database = side }, cancellationToken);
        if (version > newestSchema)
        {
            throw new BackupException(
                $"{from} has schema version {version}, this program knows versions up to {newestSchema}: "
                + "restore it with the version that made it, or a newer one");
        }
        // It comes again with everything else.
        await client.ExecuteAsync(new ClickHouseQuery($"TRUNCATE TABLE {History} SYNC") { Database = side }, cancellationToken);
        return version;
    }

    private async Task<string[]> TablesAsync(string side, CancellationToken cancellationToken)
    {
        var tables = await client.QueryAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND engine LIKE '%MergeTree'") { Database = "default" }
                .With("database", side),
            cancellationToken);
        return [.. tables];
    }

    private async Task MergesAsync(string act, string side, string[] tables, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            await client.ExecuteAsync(
                new ClickHouseQuery($"SYSTEM {act} MERGES {StoreSnapshot.Quoted(side)}.{StoreSnapshot.Quoted(table)}") { Database = "default" },
                cancellationToken);
        }
    }
}

/// <summary>What was restored: counted and read, and equal to what the backup says it has.</summary>
/// <param name="From">The backup.</param>
/// <param name="Flows">Rows of <c>traffic</c>.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Partitions">Tables and days that were compared.</param>
/// <param name="SchemaVersion">The schema's version in the backup.</param>
internal sealed record RestoreReport(string From, long Flows, long Rows, int Partitions, int SchemaVersion)
{
    /// <summary>Days that retention would have dropped at the server's start; when there are any, flows are kept for ever until days are set.</summary>
    public int ExpiredDays { get; init; }

    /// <summary>Views of the backup that are not this program's and could not be made again, each with the reason.</summary>
    public IReadOnlyList<string> LeftViews { get; init; } = [];

    /// <summary>As whom every view was read in the restored store.</summary>
    public IReadOnlyList<string> ViewsReadBy { get; init; } = [];
}
