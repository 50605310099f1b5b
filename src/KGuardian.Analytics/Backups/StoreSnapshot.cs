using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// The store as it is now, in a database beside it: hard links to its parts, which takes milliseconds and no space, and which nobody changes. What
/// is copied from there is one moment's, counted exactly, while the store goes on taking flows.
/// </summary>
internal sealed class StoreSnapshot : IAsyncDisposable
{
    private readonly ClickHouseClient _client;

    private StoreSnapshot(ClickHouseClient client, StoreDatabases databases, IReadOnlyList<string> tables)
    {
        _client = client;
        Database = databases.Snapshot;
        Elements = string.Join(", ", tables.Append(ViewTexts.Table).Append(StoreManifest.Table)
            .Select(table => $"TABLE {Quoted(Database)}.{Quoted(table)} AS {StoreDatabases.NameInBackup}.{Quoted(table)}"));
    }

    /// <summary>Its name.</summary>
    public string Database { get; }

    /// <summary>What a BACKUP statement takes of it, under the names in the backup.</summary>
    public string Elements { get; }

    /// <summary>Takes one; what an interrupted backup left is dropped before.</summary>
    /// <exception cref="BackupException">The store is none that can be taken so.</exception>
    public static async Task<StoreSnapshot> TakeAsync(ClickHouseClient client, CancellationToken cancellationToken)
    {
        var databases = new StoreDatabases(client.Database);
        await ClusterStore.RefuseAsync(client, cancellationToken);
        var found = await client.QueryAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name"),
            cancellationToken);
        string[] tables = [.. found];
        if (!tables.Contains("traffic"))
        {
            throw new BackupException($"There is no store in the database {client.Database}: it has no table traffic");
        }

        await DropAsync(client, databases.Snapshot, cancellationToken);
        await CreateAsync(client, databases.Snapshot, cancellationToken);
        var snapshot = new StoreSnapshot(client, databases, tables);
        try
        {
            foreach (var table in tables)
            {
                await LinkAsync(client, $"{Quoted(databases.Store)}.{Quoted(table)}", $"{Quoted(databases.Snapshot)}.{Quoted(table)}", cancellationToken);
            }

            await ViewTexts.WriteAsync(client, databases.Snapshot, cancellationToken);
            return snapshot;
        }
        catch
        {
            await snapshot.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drops it; the store keeps its parts.</summary>
    public async ValueTask DisposeAsync() => await DropAsync(_client, Database, CancellationToken.None);

    /// <summary>Creates a database beside a store's.</summary>
    internal static Task CreateAsync(ClickHouseClient client, string database, CancellationToken cancellationToken) =>
        client.ExecuteAsync(new ClickHouseQuery($"CREATE DATABASE {Quoted(database)} ENGINE = Atomic") { Database = "default" }, cancellationToken);

    /// <summary>Drops a database beside a store's.</summary>
    internal static Task DropAsync(ClickHouseClient client, string database, CancellationToken cancellationToken) =>
        client.ExecuteAsync(
            new ClickHouseQuery($"DROP DATABASE IF EXISTS {Quoted(database)} SYNC") { Database = "default" }
                // The size at which ClickHouse asks back is for people's mistakes.
                .WithSetting("max_table_size_to_drop", "0").WithSetting("max_partition_size_to_drop", "0"),
            cancellationToken);

    /// <summary>A name of the schema, or one made of the database's, which is letters, digits and underscores.</summary>
    internal static string Quoted(string name) => $"`{name}`";

    private static async Task LinkAsync(ClickHouseClient client, string from, string to, CancellationToken cancellationToken)
    {
        await client.ExecuteAsync(new ClickHouseQuery($"CREATE TABLE {to} AS {from}"), cancellationToken);
        // Merges, and what has expired, would change the counts.
        await client.ExecuteAsync(new ClickHouseQuery($"SYSTEM STOP MERGES {to}"), cancellationToken);
        await client.ExecuteAsync(
            new ClickHouseQuery($"ALTER TABLE {to} ATTACH PARTITION ALL FROM {from}") { TimeLimit = TimeSpan.FromMinutes(10) }, cancellationToken);
    }
}
