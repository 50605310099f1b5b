using System.Globalization;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// What outlives a restore: written into the restored database before it takes the store's place. README.md in this folder says what that is, and why.
/// The store that is replaced is the same one, at a later time, when it has the same secret: no two stores ever have.
/// </summary>
/// <param name="client">ClickHouse; its database is the store that is replaced.</param>
/// <param name="restored">The restored database.</param>
/// <param name="configuredDays">Days that flows are kept unless a fact says otherwise.</param>
/// <param name="clock">Now.</param>
internal sealed class StoreSuccession(ClickHouseClient client, string restored, int configuredDays, TimeProvider clock)
{
    private readonly StoreFacts _before = new(() => client);
    private readonly StoreFacts _after = new(() => client, restored);

    /// <summary>Takes over what holds.</summary>
    /// <returns>Days that retention would drop at once, and that are kept instead, as all others: 0 unless it is another store.</returns>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<int> TakeOverAsync(CancellationToken cancellationToken)
    {
        var isSame = await IsSameStoreAsync(cancellationToken);
        // What journals hold was acknowledged for the store before.
        await _after.WriteAsync(cancellationToken, (StoreFactNames.JournalFloor, Text(clock.GetUtcNow().UtcTicks)));
        var sequence = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        sequence = Math.Max(sequence, await LastSequenceAsync(restored, cancellationToken));
        if (isSame)
        {
            sequence = Math.Max(sequence, await LastSequenceAsync(client.Database, cancellationToken));
            await TakeRetentionOverAsync(cancellationToken);
            await CopyFactsAsync(StoreFactNames.CursorSecret, onlyWithout: true, cancellationToken);
            await CopyFactsAsync(StoreFactNames.Backup, onlyWithout: false, cancellationToken);
            // What the flows of the backup were written down by turned out later.
            await CopyFactsAsync(StoreFactNames.Clock, onlyWithout: false, cancellationToken);
            await CopyNewerAsync(
                "admin_events", "id", "id, time, activity, activity_code, initiator_id, initiator_name, target_id, meta", cancellationToken);
            await CopyNewerAsync("pod_states", "sequence", await CommonColumnsAsync("pod_states", cancellationToken), cancellationToken);
            await CopyNewerAsync("service_states", "sequence", await CommonColumnsAsync("service_states", cancellationToken), cancellationToken);
            foreach (var table in new[] { "forwarding_integrations", "forwarding_positions", "export_schedules", "export_reports", "console_views" })
            {
                await CopyNewerAsync(table, "version", await CommonColumnsAsync(table, cancellationToken), cancellationToken);
            }

            await CopyNewerAsync("audit_verdicts", "id", await CommonColumnsAsync("audit_verdicts", cancellationToken), cancellationToken);
        }

        await _after.WriteAsync(cancellationToken, (StoreFactNames.SequenceFloor, Text(sequence)));
        return isSame ? 0 : await KeepExpiredAsync(cancellationToken);
    }

    private async Task<bool> IsSameStoreAsync(CancellationToken cancellationToken)
    {
        if (!await HasAsync(client.Database, "store", "value", cancellationToken) || !await HasAsync(restored, "store", "value", cancellationToken))
        {
            return false;
        }

        return await _before.GetAsync(StoreFactNames.DedupSecret, cancellationToken) is { } secret
            && secret == await _after.GetAsync(StoreFactNames.DedupSecret, cancellationToken);
    }

    /// <summary>The highest number that a flow of a database ever had, as far as it knows.</summary>
    private async Task<long> LastSequenceAsync(string database, CancellationToken cancellationToken)
    {
        var floor = await (database == restored ? _after : _before).GetNumberAsync(StoreFactNames.SequenceFloor, cancellationToken);
        // Older schemas have no numbers.
        return await HasAsync(database, "traffic", "sequence", cancellationToken)
            ? Math.Max(floor, await client.QuerySingleAsync<long>(
                new ClickHouseQuery("SELECT max(sequence) AS value FROM traffic") { Database = database }, cancellationToken))
            : floor;
    }

    /// <summary>Days that are gone stay gone, and what was decided since the backup holds: the next sweep cannot be taken back.</summary>
    private async Task TakeRetentionOverAsync(CancellationToken cancellationToken)
    {
        var before = await _before.GetAsync(StoreFactNames.RetentionOldestDay, cancellationToken);
        // Days as texts are in the order of days.
        if (before is not null && string.CompareOrdinal(before, await _after.GetAsync(StoreFactNames.RetentionOldestDay, cancellationToken)) > 0)
        {
            await _after.WriteAsync(cancellationToken, (StoreFactNames.RetentionOldestDay, before));
        }

        var restoredDays = await _after.GetAsync(StoreFactNames.RetentionDays, cancellationToken);
        var days = await _before.GetAsync(StoreFactNames.RetentionDays, cancellationToken)
            ?? (restoredDays is null ? null : await _before.GetAsync(StoreFactNames.RetentionDaysInEffect, cancellationToken));
        if (days is not null && days != restoredDays)
        {
            await _after.WriteAsync(cancellationToken, (StoreFactNames.RetentionDays, days));
        }
    }

    /// <summary>
    /// Elsewhere a backup is all that is left: when it is so old that a server's first sweep would drop days of it, flows are kept for ever until somebody says
    /// for how long.
    /// </summary>
    private async Task<int> KeepExpiredAsync(CancellationToken cancellationToken)
    {
        var set = await _after.GetAsync(StoreFactNames.RetentionDays, cancellationToken);
        var days = set is null ? configuredDays : int.Parse(set, NumberStyles.None, CultureInfo.InvariantCulture);
        if (days == 0)
        {
            return 0;
        }

        var then = await _after.GetAsync(StoreFactNames.RetentionDaysInEffect, cancellationToken);
        var gone = await _after.GetAsync(StoreFactNames.RetentionOldestDay, cancellationToken);
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var expired = await client.QuerySingleAsync<long>(
            new ClickHouseQuery("""
                SELECT uniqExact(p.partition) AS value FROM system.parts AS p
                WHERE p.active AND p.database = {database:String} AND p.table = 'traffic' AND toDate(p.partition) < {oldest:Date} AND toDate(p.partition) >= {gone:Date}
                    -- the row about the backup itself is its last
                    AND ({then:Int64} = 0 OR toDate(p.partition) >= (SELECT toDate(max(s.written_at)) FROM store AS s WHERE s.name = 'backup') - {then:Int64})
                """) { Database = restored }
                .With("database", restored).With("oldest", today.AddDays(-days)).With("gone", gone ?? "1970-01-01")
                .With("then", then is null ? days : long.Parse(then, NumberStyles.None, CultureInfo.InvariantCulture)),
            cancellationToken);
        if (expired > 0)
        {
            await _after.WriteAsync(cancellationToken, (StoreFactNames.RetentionDays, "0"));
        }

        return (int)expired;
    }

    private Task CopyFactsAsync(StoreFact fact, bool onlyWithout, CancellationToken cancellationToken) =>
        client.ExecuteAsync(
            new ClickHouseQuery($$"""
                INSERT INTO store (name, value, written_at)
                SELECT name, value, written_at FROM {before:Identifier}.store
                WHERE name = {name:String} AND {{(onlyWithout ? "name" : "value")}} NOT IN (SELECT {{(onlyWithout ? "name" : "value")}} FROM store WHERE name = {name:String})
                """) { Database = restored }.With("before", client.Database).With("name", fact.Name).WithSetting("async_insert", "0"),
            cancellationToken);

    /// <summary>Who restores an older store does not erase what was done since, nor brings pods back that ended.</summary>
    private async Task CopyNewerAsync(string table, string id, string columns, CancellationToken cancellationToken)
    {
        if (await HasAsync(client.Database, table, id, cancellationToken) && await HasAsync(restored, table, id, cancellationToken))
        {
            await client.ExecuteAsync(
                new ClickHouseQuery($$"""
                    INSERT INTO {{table}} ({{columns}}) SELECT {{columns}} FROM {before:Identifier}.{{table}} WHERE {{id}} NOT IN (SELECT {{id}} FROM {{table}})
                    """) { Database = restored }.With("before", client.Database).WithSetting("async_insert", "0"),
                cancellationToken);
        }
    }

    /// <summary>The columns that a table has before and after, but for those that are found out from others.</summary>
    private Task<string> CommonColumnsAsync(string table, CancellationToken cancellationToken) =>
        client.QuerySingleAsync<string>(
            new ClickHouseQuery("""
                SELECT arrayStringConcat(groupArray(c.name), ', ') AS value FROM
                (
                    SELECT name FROM system.columns
                    WHERE database IN ({before:String}, {after:String}) AND table = {table:String} AND default_kind NOT IN ('MATERIALIZED', 'ALIAS')
                    GROUP BY name HAVING count() = 2 ORDER BY name
                ) AS c
                """)
            { Database = "default" }.With("before", client.Database).With("after", restored).With("table", table),
            cancellationToken);

    private async Task<bool> HasAsync(string database, string table, string column, CancellationToken cancellationToken) =>
        await client.QuerySingleAsync<long>(
            new ClickHouseQuery(
                "SELECT count() AS value FROM system.columns WHERE database = {database:String} AND table = {table:String} AND name = {column:String}")
            { Database = "default" }.With("database", database).With("table", table).With("column", column),
            cancellationToken) > 0;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
