using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Parts of a partition against the numbers at which ClickHouse slows inserts down and refuses them; and whether anybody merges them.</summary>
internal sealed class PartsCheck(ClickHouseClient client) : Check("parts")
{
    /// <summary>Two inserts a second and merges of tens of parts leave some 20 unmerged ones.</summary>
    private const int Unmerged = 100;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var limits = await client.QuerySingleAsync<Limits>(
            Ask(client, """
                SELECT maxIf(toUInt64(value), name = 'parts_to_delay_insert') AS delay, maxIf(toUInt64(value), name = 'parts_to_throw_insert') AS refuse,
                       (SELECT count() FROM system.merges WHERE database = {database:String}) AS merges
                FROM system.merge_tree_settings WHERE name IN ('parts_to_delay_insert', 'parts_to_throw_insert')
                """),
            cancellationToken);
        var partitions = await client.QueryAsync<Partition>(
            Ask(client, """
                SELECT p.table AS table_name, p.partition AS partition_name, count() AS parts, countIf(p.min_block_number = p.max_block_number) AS unmerged,
                       sum(count()) OVER () AS total
                FROM system.parts AS p WHERE p.active AND p.database = {database:String}
                GROUP BY table_name, partition_name ORDER BY parts DESC LIMIT 1
                """),
            cancellationToken);
        if (partitions is not [var most])
        {
            return [Ok("No parts yet")];
        }

        (string, object?)[] evidence =
        [
            ("table", most.TableName), ("partition", most.PartitionName), ("parts", most.Parts), ("unmerged", most.Unmerged), ("running_merges", limits.Merges),
            ("delay_at", limits.Delay), ("refuse_at", limits.Refuse), ("parts_total", most.Total),
        ];
        var what =
            $"{most.Total} parts, at most {most.Parts} in a partition ({most.TableName} {most.PartitionName}); "
            + $"inserts are slowed at {limits.Delay} and refused at {limits.Refuse}";
        if (most.Parts >= limits.Delay)
        {
            return
            [
                Error(
                    what,
                    "Merges do not keep up: look at the findings on merges, mutations and disk; give the node more CPU, raise Ingest:LoadInterval, "
                    + "and see that SYSTEM START MERGES was run.",
                    evidence),
            ];
        }

        if (most.Unmerged > Unmerged && limits.Merges == 0)
        {
            return
            [
                Warning(
                    $"{what}. {most.Unmerged} of them wait for a merge, and none runs",
                    "Run SYSTEM START MERGES; see that the disk has room for a merged copy of the largest parts.",
                    evidence),
            ];
        }

        return most.Parts >= limits.Delay / 2
            ? [Warning(
                what,
                "Merges lag behind inserts: give ClickHouse more CPU, or raise Ingest:LoadInterval so that inserts are larger and fewer.",
                evidence)]
            : [Ok(what, evidence)];
    }

    private sealed record Limits(long Delay, long Refuse, long Merges);

    private sealed record Partition(string TableName, string PartitionName, long Parts, long Unmerged, long Total);
}
