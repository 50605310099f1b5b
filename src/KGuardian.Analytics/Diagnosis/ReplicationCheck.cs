using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Replicas that are read-only or lag, and rows that wait to be sent to shards.</summary>
internal sealed class ReplicationCheck(ClickHouseClient client) : Check("replication")
{
    private const long LagSeconds = 300;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var replicas = await client.QueryAsync<Replica>(
            Ask(client, """
                SELECT r.table AS table_name, r.is_readonly AS readonly, r.is_session_expired AS expired, r.absolute_delay AS delay, r.queue_size AS queue,
                       r.active_replicas AS active, r.total_replicas AS total
                FROM system.replicas AS r WHERE r.database = {database:String} ORDER BY table_name
                """),
            cancellationToken);
        var waiting = await client.QueryAsync<Queue>(
            Ask(client, """
                SELECT q.table AS table_name, sum(q.data_files) AS files, sum(q.broken_data_files) AS broken, any(q.last_exception) AS reason
                FROM system.distribution_queue AS q WHERE q.database = {database:String} GROUP BY table_name HAVING files + broken > 0 ORDER BY table_name
                """),
            cancellationToken);
        var findings = replicas.Select(Describe).Concat(waiting.Select(Describe)).Where(finding => finding.Severity != Severity.Ok).ToArray();
        return findings.Length > 0 ? findings
            : [Ok(replicas.Count == 0 ? "Not replicated" : $"{replicas.Count} replicated tables keep up", ("replicated_tables", replicas.Count))];
    }

    private Finding Describe(Replica replica)
    {
        (string, object?)[] evidence =
        [
            ("table", replica.TableName), ("readonly", replica.Readonly == 1), ("session_expired", replica.Expired == 1),
            ("delay_seconds", replica.Delay), ("queue", replica.Queue), ("active_replicas", replica.Active), ("total_replicas", replica.Total),
        ];
        return replica.Readonly == 1 || replica.Expired == 1
            ? Error(
                $"{replica.TableName} is read-only: its Keeper is away",
                $"Look at Keeper; then SYSTEM RESTART REPLICA {client.Database}.{replica.TableName}.", evidence)
            : replica.Delay > LagSeconds || replica.Active < replica.Total
                ? Warning(
                    $"{replica.TableName} lags {replica.Delay} s behind, {replica.Active} of {replica.Total} replicas are there",
                    "Look at the replica that is away, and at system.replication_queue.", evidence)
                : Ok(replica.TableName, evidence);
    }

    private Finding Describe(Queue queue) => Warning(
        $"{queue.Files} files wait to be sent to shards from {queue.TableName}, {queue.Broken} are broken: {queue.Reason}",
        "Look at the shard that does not take them; broken files are beside the others, in 'broken'.",
        ("table", queue.TableName), ("files", queue.Files), ("broken", queue.Broken), ("reason", queue.Reason));

    private sealed record Replica(string TableName, int Readonly, int Expired, long Delay, long Queue, long Active, long Total);

    private sealed record Queue(string TableName, long Files, long Broken, string Reason);
}
