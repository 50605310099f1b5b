using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Merges under way, and whether one hangs.</summary>
internal sealed class MergesCheck(ClickHouseClient client) : Check("merges")
{
    /// <summary>A merge of 100 GiB takes about as long.</summary>
    private const double LongSeconds = 3600;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var merges = await client.QueryAsync<Merge>(
            Ask(client, """
                SELECT m.table AS table_name, m.elapsed, m.progress, m.num_parts, m.total_size_bytes_compressed AS bytes, count() OVER () AS running
                FROM system.merges AS m WHERE m.database = {database:String} ORDER BY m.elapsed DESC LIMIT 1
                """),
            cancellationToken);
        if (merges is not [var longest])
        {
            return [Ok("No merge runs", ("running", 0))];
        }

        (string, object?)[] evidence =
        [
            ("running", longest.Running), ("table", longest.TableName), ("elapsed_seconds", Math.Round(longest.Elapsed, 1)),
            ("progress", Math.Round(longest.Progress, 3)), ("parts", longest.NumParts), ("bytes", longest.Bytes),
        ];
        var what =
            $"{longest.Running} merges run, the longest for {longest.Elapsed:0} s ({longest.Progress:P0} of {Size(longest.Bytes)} in {longest.TableName})";
        return longest.Elapsed > LongSeconds
            ? [Warning(
                what,
                "If its progress stands still, the disk or ClickHouse is in trouble: see the findings on disk and errors, and ClickHouse's log.",
                evidence)]
            : [Ok(what, evidence)];
    }

    private sealed record Merge(string TableName, double Elapsed, double Progress, long NumParts, long Bytes, long Running);
}
