using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Storage;

/// <summary>
/// Brings the tables of flows under a storage policy whose last volume takes old days: by a TTL rule, which ClickHouse follows in the background.
/// A day is a partition and moves as it is; nothing is rewritten. What is said here is in the tables' definitions, so that it holds without
/// this server, too.
/// </summary>
/// <param name="options">Settings <c>Storage:*</c>.</param>
/// <param name="clock">When to try again.</param>
/// <param name="logger">Log.</param>
internal sealed partial class StorageTiers(StorageOptions options, TimeProvider clock, ILogger<StorageTiers> logger) : IAsyncDisposable
{
    /// <summary>ClickHouse's code for a policy without the volumes or disks of the one before.</summary>

    /// <summary>A merge may hold a day, and the server may be away.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    /// <summary>A day of a large store from a slow disk.</summary>
    private static readonly TimeSpan MoveLimit = TimeSpan.FromHours(12);

    private readonly CancellationTokenSource _stop = new();
    private Task _movingBack = Task.CompletedTask;

    /// <summary>Makes the tables' definitions say what the settings do, on each server; what they say already costs nothing.</summary>
    /// <param name="servers">ClickHouse's servers, with a migrated schema: a policy is each one's own, also where tables are replicated.</param>
    /// <param name="cancellationToken">Gives up, between two statements.</param>
    /// <exception cref="StorageException">The policy is not there, is not one of two volumes, or is not one that the tables may change to.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task ApplyAsync(IReadOnlyList<ClickHouseClient> servers, CancellationToken cancellationToken)
    {
        var back = new List<(ClickHouseClient Server, string First)>();
        foreach (var server in servers)
        {
            var volumes = options.Policy is null ? [] : await ReadVolumesAsync(server, options.Policy, cancellationToken);
            var rule = volumes is [.., var last] && options.ColdAfterDays > 0 ? MoveRule.After(options.ColdAfterDays, last) : null;
            foreach (var table in await ReadTablesAsync(server, cancellationToken))
            {
                await ApplyAsync(server, table, rule, cancellationToken);
            }

            if (volumes is [var first, ..] && options.ColdAfterDays == 0)
            {
                back.Add((server, first));
            }
        }

        // Not once more for a start that is tried again.
        if (_movingBack.IsCompleted)
        {
            _movingBack = Task.WhenAll(back.Select(move => Task.Run(() => KeepMovingBackAsync(move.Server, move.First), CancellationToken.None)));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _movingBack;
        _stop.Dispose();
    }

    private async Task ApplyAsync(ClickHouseClient server, TieredTable table, MoveRule? rule, CancellationToken cancellationToken)
    {
        if (!table.HasCodec(options.Codec))
        {
            await AlterAsync(server, table, $"MODIFY SETTING default_compression_codec = '{options.Codec}'", cancellationToken);
        }

        if (options.Policy is { } policy && table.StoragePolicy != policy)
        {
            await ChangePolicyAsync(server, table, policy, cancellationToken);
        }

        if (rule is not null)
        {
            await MoveAsync(server, table, rule, cancellationToken);
        }
        else if (table.HasMoveRule)
        {
            // Only a rule of ours is taken away.
            await AlterAsync(server, table, "REMOVE TTL", cancellationToken);
            LogNoRule(table.Name);
        }
    }

    private static async Task<string[]> ReadVolumesAsync(ClickHouseClient server, string policy, CancellationToken cancellationToken)
    {
        var all = await server.QueryAsync<Volume>(
            new ClickHouseQuery("SELECT policy_name, volume_name FROM system.storage_policies ORDER BY policy_name, volume_priority"), cancellationToken);
        string[] volumes = [.. all.Where(volume => volume.PolicyName == policy).Select(volume => volume.VolumeName)];
        return volumes.Length >= 2 ? volumes
            : throw new StorageException(volumes.Length == 1
                ? $"Storage:Policy = '{policy}' cannot be used: it has only the volume '{volumes[0]}', and old days need a second one"
                : $"Storage:Policy = '{policy}' cannot be used: ClickHouse's configuration has no such policy, "
                    + $"but {string.Join(", ", all.Select(volume => volume.PolicyName).Distinct())}");
    }

    private static Task<IReadOnlyList<TieredTable>> ReadTablesAsync(ClickHouseClient server, CancellationToken cancellationToken) =>
        server.QueryAsync<TieredTable>(
            new ClickHouseQuery("""
                SELECT name, storage_policy, engine_full FROM system.tables
                WHERE database = currentDatabase() AND name IN ('traffic', 'traffic_activity')
                """),
            cancellationToken);

    private async Task ChangePolicyAsync(ClickHouseClient server, TieredTable table, string policy, CancellationToken cancellationToken)
    {
        try
        {
            await AlterAsync(server, table, $"MODIFY SETTING storage_policy = '{policy}'", cancellationToken);
            LogPolicy(table.Name, table.StoragePolicy, policy);
        }
        catch (ClickHouseException e) when (e.Code == ClickHouseErrorCodes.BadArguments)
        {
            throw new StorageException(
                $"Storage:Policy = '{policy}' cannot be used: the table {table.Name} is under the policy '{table.StoragePolicy}', and may only change to one "
                + $"that has that one's volumes and disks, too. {e.Text}",
                e);
        }
    }

    private async Task MoveAsync(ClickHouseClient server, TieredTable table, MoveRule rule, CancellationToken cancellationToken)
    {
        if (!table.Has(rule))
        {
            await AlterAsync(server, table, $"MODIFY SETTING {TieredTable.RecalculateOnly}", cancellationToken);
            await AlterAsync(server, table, $"MODIFY TTL {rule.Sql}", cancellationToken);
            LogRule(table.Name, options.ColdAfterDays, rule.Volume);
        }

        if (await server.QuerySingleAsync<long>(
            // Parts from before the rule do not know their time yet. Only the column of days is read for that.
            new ClickHouseQuery("""
                SELECT (SELECT count() FROM system.parts
                        WHERE active AND database = currentDatabase() AND table = {table:String} AND NOT has(move_ttl_info.expression, {rule:String})) > 0
                   AND (SELECT count() FROM system.mutations
                        WHERE database = currentDatabase() AND table = {table:String} AND NOT is_done AND command LIKE '%MATERIALIZE TTL%') = 0 AS value
                """).With("table", table.Name).With("rule", rule.Expression), cancellationToken) > 0)
        {
            await AlterAsync(server, table, "MATERIALIZE TTL", cancellationToken);
        }
    }

    private static Task AlterAsync(ClickHouseClient server, TieredTable table, string command, CancellationToken cancellationToken) =>
        server.ExecuteAsync(
            new ClickHouseQuery($"ALTER TABLE {{table:Identifier}} {command}").With("table", table.Name)
                // Or the ALTER reads, or writes, all days before it returns.
                .WithSetting("materialize_ttl_after_modify", "0").WithSetting("mutations_sync", "0"),
            cancellationToken);

    private async Task KeepMovingBackAsync(ClickHouseClient server, string first)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // Until there is none: a move by the rule that was may have been under way.
                while (await MoveBackAsync(server, first, _stop.Token) > 0)
                {
                }

                LogAllBack(first);
                return;
            }
            catch (ClickHouseException e)
            {
                LogMoveFailed(e, RetryInterval);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The next start goes on.
                return;
            }

            await Task.WhenAny(Task.Delay(RetryInterval, clock, _stop.Token));
        }
    }

    /// <summary>Moves what is elsewhere; returns how many days that were.</summary>
    private async Task<int> MoveBackAsync(ClickHouseClient server, string first, CancellationToken cancellationToken)
    {
        var days = await server.QueryAsync<Elsewhere>(
            new ClickHouseQuery("""
                SELECT table AS table_name, partition_id, sum(bytes_on_disk) AS bytes FROM system.parts
                WHERE active AND database = currentDatabase() AND table IN ('traffic', 'traffic_activity')
                  AND NOT has((SELECT disks FROM system.storage_policies WHERE policy_name = {policy:String} AND volume_name = {first:String}), disk_name)
                GROUP BY table_name, partition_id
                ORDER BY partition_id, table_name
                """).With("policy", options.Policy!).With("first", first),
            cancellationToken);
        foreach (var day in days)
        {
            await server.ExecuteAsync(
                new ClickHouseQuery($"ALTER TABLE {{table:Identifier}} MOVE PARTITION ID '{day.PartitionId}' TO VOLUME '{first}'") { TimeLimit = MoveLimit }
                    .With("table", day.TableName),
                cancellationToken);
            LogMovedBack(day.TableName, day.PartitionId, day.Bytes);
        }

        return days.Count;
    }

    [LoggerMessage(1471, LogLevel.Information, "Table {Table} was under the storage policy {Before} and now is under {Policy}")]
    private partial void LogPolicy(string table, string before, string policy);

    [LoggerMessage(1472, LogLevel.Information, "Days of {Table} move to the volume {Volume} {Days} days after their arrival")]
    private partial void LogRule(string table, int days, string volume);

    [LoggerMessage(1473, LogLevel.Information, "Days of {Table} do not move to another volume any more")]
    private partial void LogNoRule(string table);

    [LoggerMessage(1474, LogLevel.Information, "Moved the day {Day} of {Table} back: {Bytes} bytes")]
    private partial void LogMovedBack(string table, string day, long bytes);

    [LoggerMessage(1475, LogLevel.Information, "All days are on the volume {Volume}: the cold tier's settings may be removed")]
    private partial void LogAllBack(string volume);

    [LoggerMessage(1476, LogLevel.Error, "A day could not be moved back; next try in {Interval}")]
    private partial void LogMoveFailed(Exception exception, TimeSpan interval);

    private sealed record Volume(string PolicyName, string VolumeName);

    private sealed record Elsewhere(string TableName, string PartitionId, long Bytes);
}
