using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Migrations;

/// <summary>
/// A lock among servers, made of the one thing that ClickHouse does atomically without Keeper: creating a table. Its holder is in the
/// table's comment. A lock that is older than any migration takes was left by a crash and is taken over by renaming it away.
/// </summary>
internal sealed partial class MigrationLock : IAsyncDisposable
{
    /// <summary>A holder renews nothing: no migration of an unreleased lock may take longer.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(10);

    /// <summary>What the names of locks that were renamed away begin with.</summary>
    private const string Aside = "schema_lock_";


    private readonly ClickHouseClient _client;
    private readonly ILogger _logger;
    private readonly string _holder;

    private MigrationLock(ClickHouseClient client, ILogger logger, string holder)
    {
        _client = client;
        _logger = logger;
        _holder = holder;
    }

    /// <summary>Waits for the lock, however long another server migrates.</summary>
    public static async Task<MigrationLock> TakeAsync(ClickHouseClient client, ILogger logger, CancellationToken cancellationToken)
    {
        var holder = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";
        var waiting = false;
        while (true)
        {
            try
            {
                // A comment cannot be a parameter; the holder's characters are limited to those of a host name.
                var comment = new string([.. holder.Where(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '.')]);
                await client.ExecuteAsync(
                    new ClickHouseQuery($"CREATE TABLE schema_lock (held UInt8) ENGINE = Memory COMMENT '{comment}'"), cancellationToken);
                return new MigrationLock(client, logger, comment);
            }
            catch (ClickHouseException e) when (e.Code == ClickHouseErrorCodes.TableAlreadyExists)
            {
                if (!waiting)
                {
                    LogWaiting(logger, client.Database);
                    waiting = true;
                }
            }

            await ClearStaleAsync(client, logger, cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>Checks that nobody took the lock over meanwhile.</summary>
    /// <exception cref="SchemaException">Somebody did.</exception>
    public async Task EnsureHeldAsync(CancellationToken cancellationToken)
    {
        if (!await IsHeldAsync(cancellationToken))
        {
            throw new SchemaException($"The migration of database '{_client.Database}' was taken over by another server after {Stale}. Start again.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // After a take-over the lock of that name is another server's, at work right now.
            if (await IsHeldAsync(CancellationToken.None))
            {
                await DropAsideAsync();
                await _client.ExecuteAsync(new ClickHouseQuery("DROP TABLE IF EXISTS schema_lock SYNC"));
            }
        }
        catch (ClickHouseException e)
        {
            // The migration itself is done or has its own error; the next server waits until the lock is stale.
            LogNotReleased(_logger, _client.Database, Stale, e.Message);
        }
    }

    private async Task DropAsideAsync()
    {
        var names = await _client.QueryAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {aside:String})").With("aside", Aside));
        foreach (var name in names)
        {
            await _client.ExecuteAsync(new ClickHouseQuery("DROP TABLE IF EXISTS {name:Identifier} SYNC").With("name", name));
        }
    }

    private async Task<bool> IsHeldAsync(CancellationToken cancellationToken)
    {
        var holders = await _client.QueryAsync<string>(
            new ClickHouseQuery("SELECT comment AS holder FROM system.tables WHERE database = currentDatabase() AND name = 'schema_lock'"),
            cancellationToken);
        return holders is [var holder] && holder == _holder;
    }

    private static async Task ClearStaleAsync(ClickHouseClient client, ILogger logger, CancellationToken cancellationToken)
    {
        var locks = await client.QueryAsync<string>(
            new ClickHouseQuery("""
                SELECT comment AS holder FROM system.tables
                WHERE database = currentDatabase() AND name = 'schema_lock'
                  AND metadata_modification_time < now() - {stale:UInt32}
                """).With("stale", (long)Stale.TotalSeconds),
            cancellationToken);
        if (locks is not [var holder])
        {
            return;
        }

        LogTakingOver(logger, client.Database, holder);
        // A name of its own, which stays until the next lock is released: whoever also saw the stale lock, and comes later, finds the name taken
        // instead of renaming the lock that is held by then.
        var aside = Aside + holder[(holder.LastIndexOf('/') + 1)..];
        try
        {
            await client.ExecuteAsync(
                new ClickHouseQuery("RENAME TABLE schema_lock TO {aside:Identifier}").With("aside", aside), cancellationToken);
        }
        catch (ClickHouseException e) when (e.Code is ClickHouseErrorCodes.UnknownTable or ClickHouseErrorCodes.TableAlreadyExists)
        {
            // Another waiting server renamed it first.
            LogWaiting(logger, client.Database);
        }
    }

    [LoggerMessage(1111, LogLevel.Information, "Another server migrates database {Database}: waiting")]
    private static partial void LogWaiting(ILogger logger, string database);

    [LoggerMessage(1112, LogLevel.Warning, "The schema lock of database {Database}, held by {Holder}, is stale: taking it over")]
    private static partial void LogTakingOver(ILogger logger, string database, string holder);

    [LoggerMessage(1113, LogLevel.Warning, "The schema lock of database {Database} could not be released and stays for {Stale}: {Reason}")]
    private static partial void LogNotReleased(ILogger logger, string database, TimeSpan stale, string reason);
}
