using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Versions of the program, of ClickHouse and of the schema, and whether they fit.</summary>
/// <param name="client">ClickHouse.</param>
/// <param name="program">The program's version.</param>
/// <param name="schema">The newest schema version that it knows.</param>
internal sealed class VersionsCheck(ClickHouseClient client, string program, int schema) : Check("versions")
{
    /// <summary>What is tested with, and whose defaults (asynchronous inserts, backups) are counted on.</summary>
    private const int OldestClickHouse = 26;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var found = await client.QuerySingleAsync<Versions>(
            Ask(client, """
                SELECT version() AS click_house, uptime() AS uptime,
                       (SELECT count() FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations') AS has_history
                """),
            cancellationToken);
        var version = found.HasHistory == 0 ? 0 : await client.QuerySingleAsync<int>(
            Ask(client, "SELECT max(version) AS version FROM schema_migrations") with { Database = client.Database }, cancellationToken);
        (string, object?)[] evidence =
        [
            ("program", program), ("clickhouse", found.ClickHouse), ("clickhouse_uptime_seconds", found.Uptime), ("schema", version),
            ("schema_known", schema),
        ];
        var what = $"Program {program}, ClickHouse {found.ClickHouse} (up for {TimeSpan.FromSeconds(found.Uptime)}), schema {version}";
        if (version > schema)
        {
            return
            [
                Error(
                    $"{what}, but the program knows versions up to {schema}",
                    "Run the version of the program that migrated the store, or a newer one.", evidence),
            ];
        }

        if (version < schema)
        {
            return [Warning($"{what}; the program's is {schema}", "The server migrates it when it starts. If one runs, see its log and /health.", evidence)];
        }

        return int.Parse(found.ClickHouse.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture) < OldestClickHouse
            ? [Warning($"{what}; tested is ClickHouse {OldestClickHouse} and later", "Upgrade ClickHouse.", evidence)]
            : [Ok(what, evidence)];
    }

    private sealed record Versions(string ClickHouse, long Uptime, long HasHistory);
}
