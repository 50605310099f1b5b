using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Parts that ClickHouse put aside because they are broken, or that somebody detached: their rows do not show.</summary>
internal sealed class DetachedPartsCheck(ClickHouseClient client) : Check("detached parts")
{
    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var parts = await client.QueryAsync<Detached>(
            Ask(client, """
                SELECT d.table AS table_name, ifNull(d.reason, '') AS reason, count() AS parts, sum(d.bytes_on_disk) AS bytes, any(d.name) AS example, any(d.path) AS path
                FROM system.detached_parts AS d WHERE d.database = {database:String}
                GROUP BY table_name, reason ORDER BY table_name, reason
                """),
            cancellationToken);
        return parts.Count == 0 ? [Ok("None", ("parts", 0))] : [.. parts.Select(Describe)];
    }

    private Finding Describe(Detached part)
    {
        var table = $"{client.Database}.{part.TableName}";
        (string, object?)[] evidence =
            [("table", part.TableName), ("reason", part.Reason), ("parts", part.Parts), ("bytes", part.Bytes), ("example", part.Example), ("path", part.Path)];
        return part.Reason.Length == 0
            ? Warning(
                $"{part.Parts} parts of {table} were detached by somebody ({Size(part.Bytes)}): their rows do not show, and their flows count as new",
                $"ALTER TABLE {table} ATTACH PART '{part.Example}' with the server stopped, "
                + $"or DROP DETACHED PART '{part.Example}' SETTINGS allow_drop_detached = 1.",
                evidence)
            : Error(
                $"{part.Parts} parts of {table} were put aside as '{part.Reason}' ({Size(part.Bytes)}), such as {part.Path}",
                "Look at the disk and at ClickHouse's log first. "
                + "What is in the last backup can be restored ('restore'); flows that are seen again come back by themselves. Then DROP DETACHED PART.",
                evidence);
    }

    private sealed record Detached(string TableName, string Reason, long Parts, long Bytes, string Example, string Path);
}
