using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// Puts a restored store in the place of the one before. What is done is said by the names that databases have, each changed at once: whoever comes
/// after a crash, be it a server's start, goes on where it was.
/// </summary>
internal static class StoreSwap
{
    /// <summary>Finishes what was begun; nothing when there is nothing. To be called before a store is used.</summary>
    /// <param name="client">ClickHouse; its database is the store.</param>
    /// <param name="alone">Nobody else is at work (local node): what an interrupted backup or restore left can go.</param>
    /// <param name="cancellationToken">Gives up, between two statements.</param>
    /// <returns>Whether a restored store took its place.</returns>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public static async Task<bool> FinishAsync(ClickHouseClient client, bool alone, CancellationToken cancellationToken)
    {
        var names = new StoreDatabases(client.Database);
        var found = await FindAsync(client, names, cancellationToken);
        var isRestored = found.Contains(names.Restored);
        if (isRestored)
        {
            if (found.Contains(names.Store))
            {
                await StoreSnapshot.DropAsync(client, names.Replaced, cancellationToken);
                await RenameAsync(client, names.Store, names.Replaced, cancellationToken);
            }

            await RenameAsync(client, names.Restored, names.Store, cancellationToken);
        }

        if (isRestored || alone)
        {
            await StoreSnapshot.DropAsync(client, names.Replaced, cancellationToken);
        }

        if (alone)
        {
            await StoreSnapshot.DropAsync(client, names.Snapshot, cancellationToken);
            await StoreSnapshot.DropAsync(client, names.Restoring, cancellationToken);
            await DropOpenedAsync(client, names, cancellationToken);
        }

        await new RestoredViews(client).FinishAsync(cancellationToken);
        return isRestored;
    }

    internal static Task RenameAsync(ClickHouseClient client, string from, string to, CancellationToken cancellationToken) =>
        client.ExecuteAsync(
            new ClickHouseQuery($"RENAME DATABASE {StoreSnapshot.Quoted(from)} TO {StoreSnapshot.Quoted(to)}") { Database = "default" }, cancellationToken);

    private static async Task<HashSet<string>> FindAsync(ClickHouseClient client, StoreDatabases names, CancellationToken cancellationToken)
    {
        var databases = await client.QueryAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.databases WHERE name IN ({store:String}, {restored:String})") { Database = "default" }
                .With("store", names.Store).With("restored", names.Restored),
            cancellationToken);
        return [.. databases];
    }

    private static async Task DropOpenedAsync(ClickHouseClient client, StoreDatabases names, CancellationToken cancellationToken)
    {
        var opened = await client.QueryAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.databases WHERE startsWith(name, {opened:String})") { Database = "default" }
                .With("opened", names.Opened),
            cancellationToken);
        foreach (var database in opened)
        {
            await StoreSnapshot.DropAsync(client, database, cancellationToken);
        }
    }
}
