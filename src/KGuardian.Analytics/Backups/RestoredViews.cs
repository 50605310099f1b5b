using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// Makes the views of a restored store anew: this program's from the schema that the backup has, others from their texts. That they can be read is seen
/// beside the store, before it is replaced; there they are made once more from a table of statements, by whoever finishes the restore.
/// </summary>
internal sealed class RestoredViews(ClickHouseClient client)
{
    private const string Pending = "restored_views";

    /// <summary>Makes them in the restored database, reads each, drops them, and writes down how to make them.</summary>
    /// <returns>Views that are not this program's and cannot be read, with the reason.</returns>
    /// <exception cref="BackupException">One of this program's cannot be read.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<string>> PrepareAsync(string database, int schemaVersion, CancellationToken cancellationToken)
    {
        var schema = SchemaViews.Of(StoreSchema.Migrations, schemaVersion);
        var others = (await ViewTexts.ReadAsync(client, database, cancellationToken)).ToList();
        await DropViewsAsync(database, cancellationToken);
        await schema.RemakeAsync(client, database, cancellationToken);
        if (await schema.FindUnreadableAsync(client, database, cancellationToken) is [var (name, reason), ..])
        {
            throw new BackupException($"The view {name} cannot be read in the restored store: {reason.Text}. Nothing was changed");
        }

        others.RemoveAll(view => schema.Names.Contains(view.Name));
        var (made, left) = await MakeAsync(database, others, cancellationToken);
        await DropViewsAsync(database, cancellationToken);
        await client.ExecuteAsync(
            new ClickHouseQuery(
                $"CREATE TABLE {Pending} (position UInt32, statement String) ENGINE = MergeTree ORDER BY position "
                + "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1")
            { Database = database },
            cancellationToken);
        foreach (var (position, statement) in schema.Statements.Concat(made).Index())
        {
            await client.ExecuteAsync(
                new ClickHouseQuery($"INSERT INTO {Pending} (position, statement) SELECT {{position:UInt32}}, {{statement:String}}") { Database = database }
                    .With("position", position).With("statement", statement).WithSetting("async_insert", "0"),
                cancellationToken);
        }

        return left;
    }

    /// <summary>Makes what is still to be made in the store; nothing where nothing is.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; to be called again.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        var pending = await client.QueryAsync<Named>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND name = {table:String}") { Database = "default" }
                .With("database", client.Database).With("table", Pending),
            cancellationToken);
        if (pending.Count == 0)
        {
            return;
        }

        foreach (var made in await client.QueryAsync<Made>(new ClickHouseQuery($"SELECT statement FROM {Pending} ORDER BY position"), cancellationToken))
        {
            await client.ExecuteAsync(new ClickHouseQuery(made.Statement), cancellationToken);
        }

        await client.ExecuteAsync(new ClickHouseQuery($"DROP TABLE {Pending} SYNC"), cancellationToken);
    }

    /// <summary>Views can read each other: what cannot be made is tried again after the others.</summary>
    private async Task<(IReadOnlyList<string> Made, IReadOnlyList<string> Left)> MakeAsync(
        string database, List<(string Name, string Statement)> views, CancellationToken cancellationToken)
    {
        var made = new List<string>();
        while (true)
        {
            var left = new List<string>();
            var before = made.Count;
            foreach (var view in views.ToArray())
            {
                try
                {
                    await client.ExecuteAsync(new ClickHouseQuery(view.Statement) { Database = database }, cancellationToken);
                    await TryReadAsync(database, view.Name, cancellationToken);
                    made.Add(view.Statement);
                    views.Remove(view);
                }
                catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.Refused)
                {
                    left.Add($"{view.Name}: {e.Text}");
                }
            }

            if (left.Count == 0 || made.Count == before)
            {
                return (made, left);
            }
        }
    }

    /// <summary>What takes long, or more than its reader may, is not broken.</summary>
    private async Task TryReadAsync(string database, string view, CancellationToken cancellationToken)
    {
        try
        {
            await SchemaViews.ReadAsync(client, database, view, cancellationToken);
        }
        catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.Refused && !SchemaViews.IsBroken(e))
        {
            // It was understood, which is what its text can lack.
            return;
        }
    }

    private async Task DropViewsAsync(string database, CancellationToken cancellationToken)
    {
        var views = await client.QueryAsync<Named>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND engine = 'View'") { Database = "default" }
                .With("database", database),
            cancellationToken);
        foreach (var view in views)
        {
            await client.ExecuteAsync(
                new ClickHouseQuery($"DROP VIEW IF EXISTS {StoreSnapshot.Quoted(view.Name)} SYNC") { Database = database }, cancellationToken);
        }
    }

    private sealed record Named(string Name);

    private sealed record Made(string Statement);
}
