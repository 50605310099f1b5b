using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Migrations;

/// <summary>Brings a database to the schema that this binary knows: one server at a time, never over edited or newer history.</summary>
/// <param name="client">The database.</param>
/// <param name="migrations">The schema.</param>
/// <param name="logger">Log.</param>
/// <param name="rewrite">What becomes of a statement before it is run; null: nothing.</param>
internal sealed partial class Migrator(
    ClickHouseClient client, IReadOnlyList<Migration> migrations, ILogger<Migrator> logger, Func<string, string>? rewrite = null)
{

    private const string HistoryTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations
        (
            version    UInt32,
            name       String,
            checksum   String,
            applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
        )
        ENGINE = MergeTree
        ORDER BY version
        SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
        """;

    /// <summary>Version of the newest migration known here.</summary>
    public int NewestVersion => migrations.Count == 0 ? 0 : migrations[^1].Version;

    /// <summary>Applies what is missing and returns how many migrations that were.</summary>
    /// <param name="alone">No other server can be at work (local node): a lock that a crash left behind is void.</param>
    /// <param name="cancellationToken">Gives up, between two statements.</param>
    /// <exception cref="SchemaException">History was edited, or is newer than this binary.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<int> MigrateAsync(bool alone, CancellationToken cancellationToken = default)
    {
        await CreateDatabaseAsync(cancellationToken);
        if (alone)
        {
            await client.ExecuteAsync(new ClickHouseQuery("DROP TABLE IF EXISTS schema_lock SYNC"), cancellationToken);
        }

        await using var migrationLock = await MigrationLock.TakeAsync(client, logger, cancellationToken);
        await client.ExecuteAsync(new ClickHouseQuery(HistoryTable), cancellationToken);
        var applied = await ReadHistoryAsync(cancellationToken);
        RefuseForeignHistory(applied);

        foreach (var migration in migrations.Skip(applied.Count))
        {
            foreach (var statement in migration.Statements())
            {
                await migrationLock.EnsureHeldAsync(cancellationToken);
                await client.ExecuteAsync(
                    new ClickHouseQuery(rewrite?.Invoke(statement) ?? statement) { TimeLimit = TimeSpan.FromHours(1) }, cancellationToken);
            }

            await client.ExecuteAsync(
                new ClickHouseQuery("""
                    INSERT INTO schema_migrations (version, name, checksum)
                    SELECT {version:UInt32}, {name:String}, {checksum:String}
                    """)
                    .With("version", migration.Version).With("name", migration.Name).With("checksum", migration.Checksum)
                    .WithSetting("async_insert", "0"),
                cancellationToken);
            LogApplied(migration.Version, migration.Name, client.Database);
        }

        await MendViewsAsync(cancellationToken);
        return migrations.Count - applied.Count;
    }

    /// <summary>Makes the views anew when one cannot be read any more, or is gone: restores of earlier versions left them so.</summary>
    private async Task MendViewsAsync(CancellationToken cancellationToken)
    {
        var views = new SchemaViews(migrations);
        if ((await views.FindUnreadableAsync(client, client.Database, cancellationToken))
            .FirstOrDefault(view => SchemaViews.IsBroken(view.Reason)) is { View: { } name } broken)
        {
            LogMending(name, client.Database, broken.Reason.Text);
            await views.RemakeAsync(client, client.Database, cancellationToken);
        }
    }

    /// <summary>Version of the schema that the database has; a cheap question for health checks.</summary>
    /// <exception cref="ClickHouseException">ClickHouse did not answer.</exception>
    public Task<int> ReadVersionAsync(CancellationToken cancellationToken = default) =>
        client.QuerySingleAsync<int>(
            new ClickHouseQuery("SELECT max(version) AS version FROM schema_migrations") { TimeLimit = TimeSpan.FromSeconds(5) },
            cancellationToken);

    /// <summary>Version of the schema that the database has; 0 when it has none, or is not there.</summary>
    /// <exception cref="ClickHouseException">ClickHouse did not answer.</exception>
    public async Task<int> FindVersionAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await ReadVersionAsync(cancellationToken);
        }
        catch (ClickHouseException e) when (e.Code is ClickHouseErrorCodes.UnknownTable or ClickHouseErrorCodes.UnknownDatabase)
        {
            return 0;
        }
    }

    private Task CreateDatabaseAsync(CancellationToken cancellationToken) =>
        client.ExecuteAsync(
            // The client's own database does not exist yet.
            new ClickHouseQuery("CREATE DATABASE IF NOT EXISTS {database:Identifier} ENGINE = Atomic") { Database = "default" }
                .With("database", client.Database),
            cancellationToken);

    private Task<IReadOnlyList<Applied>> ReadHistoryAsync(CancellationToken cancellationToken) =>
        client.QueryAsync<Applied>(
            new ClickHouseQuery("SELECT DISTINCT version, name, checksum FROM schema_migrations ORDER BY version"), cancellationToken);

    private void RefuseForeignHistory(IReadOnlyList<Applied> applied)
    {
        if (applied.Count > 0 && applied[^1].Version > NewestVersion)
        {
            throw new SchemaException(
                $"Database '{client.Database}' has schema version {applied[^1].Version} ({applied[^1].Name}), this binary knows versions up to "
                + $"{NewestVersion}. Run the version that migrated it, or a newer one.");
        }

        for (var i = 0; i < applied.Count; i++)
        {
            var known = migrations[i];
            if (applied[i].Version != known.Version || applied[i].Checksum != known.Checksum)
            {
                throw new SchemaException(
                    $"Database '{client.Database}': migration {applied[i].Version:0000}_{applied[i].Name} was applied with checksum "
                    + $"{applied[i].Checksum}, this binary has {known.Version:0000}_{known.Name} with {known.Checksum}. A released schema file was "
                    + $"edited, or the database is another product's: run the binary that belongs to it, or name another {SettingNames.Database}.");
            }
        }
    }

    [LoggerMessage(1110, LogLevel.Information, "Applied schema migration {Version} ({Name}) to database {Database}")]
    private partial void LogApplied(int version, string name, string database);

    [LoggerMessage(1115, LogLevel.Warning, "View {View} of database {Database} cannot be read, so the schema's views are made anew: {Reason}")]
    private partial void LogMending(string view, string database, string reason);

    private sealed record Applied(int Version, string Name, string Checksum);
}
