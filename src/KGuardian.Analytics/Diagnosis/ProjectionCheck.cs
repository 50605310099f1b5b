using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Parts without a projection, or with a broken one: reads of them are right, and slow.</summary>
internal sealed class ProjectionCheck(ClickHouseClient client) : Check("projections")
{
    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var projections = await client.QueryAsync<Projection>(
            Ask(client, """
                SELECT x.table AS table_name, x.name AS projection_name, count() AS parts, countIf(NOT has(p.projections, x.name)) AS without,
                       sumIf(p.rows, NOT has(p.projections, x.name)) AS rows_without,
                       arrayStringConcat(arraySlice(arraySort(groupUniqArrayIf(p.partition, NOT has(p.projections, x.name))), 1, 5), ', ') AS partitions
                FROM system.projections AS x INNER JOIN system.parts AS p ON p.database = x.database AND p.table = x.table
                WHERE p.active AND p.rows > 0 AND x.database = {database:String}
                GROUP BY table_name, projection_name ORDER BY table_name, projection_name
                """),
            cancellationToken);
        var broken = await client.QueryAsync<Broken>(
            Ask(client, """
                SELECT b.table AS table_name, b.name AS projection_name, count() AS parts, any(b.exception) AS reason
                FROM system.projection_parts AS b WHERE b.active AND b.is_broken AND b.database = {database:String}
                GROUP BY table_name, projection_name
                """),
            cancellationToken);
        if (projections.Count == 0)
        {
            return [await DescribeNoneAsync(cancellationToken)];
        }

        return [.. projections.Select(Describe), .. broken.Select(DescribeBroken)];
    }

    /// <summary>No part has rows, or the table has lost its projection.</summary>
    private async Task<Finding> DescribeNoneAsync(CancellationToken cancellationToken)
    {
        var flows = await client.QuerySingleAsync<Flows>(
            Ask(client, """
                SELECT ifNull(sum(p.rows), 0) AS rows,
                       (SELECT count() FROM system.projections AS x WHERE x.database = {database:String} AND x.table = 'traffic') AS projections
                FROM system.parts AS p WHERE p.active AND p.database = {database:String} AND p.table = 'traffic'
                """),
            cancellationToken);
        // The first rows of a store may come in between the two questions.
        return flows.Rows == 0 || flows.Projections > 0 ? Ok("No parts yet") : Warning(
            $"{client.Database}.traffic with {flows.Rows} rows has no projection: newest-first reads go through all of them",
            "Somebody dropped it. schema/0001_traffic.sql has it: ALTER TABLE traffic ADD PROJECTION newest_first (...), "
            + "then MATERIALIZE PROJECTION newest_first.",
            ("rows", flows.Rows));
    }

    private Finding Describe(Projection projection)
    {
        var name = $"{projection.TableName}.{projection.ProjectionName}";
        (string, object?)[] evidence =
        [
            ("projection", name), ("parts", projection.Parts), ("parts_without", projection.Without), ("rows_without", projection.RowsWithout),
            ("partitions", projection.Partitions),
        ];
        return projection.Without == 0
            ? Ok($"{name} is in all {projection.Parts} parts", evidence)
            : Warning(
                $"{name} is missing in {projection.Without} of {projection.Parts} parts with {projection.RowsWithout} rows ({projection.Partitions}): "
                + "newest-first reads go through all of them",
                $"ALTER TABLE {client.Database}.{projection.TableName} MATERIALIZE PROJECTION {projection.ProjectionName}, "
                + "with IN PARTITION for one day at a time; the finding on mutations shows how far it is.",
                evidence);
    }

    private Finding DescribeBroken(Broken broken) => Error(
        $"{broken.TableName}.{broken.ProjectionName} is broken in {broken.Parts} parts: {broken.Reason}",
        $"ALTER TABLE {client.Database}.{broken.TableName} CLEAR PROJECTION {broken.ProjectionName}, "
        + $"then MATERIALIZE PROJECTION {broken.ProjectionName}; look at the disk.",
        ("projection", $"{broken.TableName}.{broken.ProjectionName}"), ("parts_broken", broken.Parts), ("reason", broken.Reason));

    private sealed record Projection(string TableName, string ProjectionName, long Parts, long Without, long RowsWithout, string Partitions);

    private sealed record Flows(long Rows, long Projections);

    private sealed record Broken(string TableName, string ProjectionName, long Parts, string Reason);
}
