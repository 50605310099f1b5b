using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Errors that ClickHouse counted in the last hour: those that mean trouble, apart from those of wrong or ended queries.</summary>
internal sealed class EngineErrorsCheck(ClickHouseClient client) : Check("engine errors")
{
    private const string Serious = """
        'CHECKSUM_DOESNT_MATCH', 'CORRUPTED_DATA', 'NOT_ENOUGH_SPACE', 'CANNOT_READ_ALL_DATA', 'CANNOT_READ_FROM_FILE_DESCRIPTOR', 'CANNOT_WRITE_TO_FILE_DESCRIPTOR',
        'CANNOT_OPEN_FILE', 'CANNOT_FSYNC', 'MEMORY_LIMIT_EXCEEDED', 'CANNOT_ALLOCATE_MEMORY', 'TOO_MANY_PARTS', 'LOGICAL_ERROR', 'NO_FILE_IN_DATA_PART',
        'UNEXPECTED_FILE_IN_DATA_PART', 'BAD_SIZE_OF_FILE_IN_DATA_PART', 'BROKEN_PROJECTION', 'KEEPER_EXCEPTION', 'TABLE_IS_READ_ONLY'
        """;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var errors = await client.QueryAsync<Counted>(
            Ask(client, $$"""
                SELECT e.name AS name, sum(e.value) AS times, formatDateTime(max(e.last_error_time), '%Y-%m-%dT%H:%i:%SZ') AS newest,
                       argMax(substring(e.last_error_message, 1, 300), e.last_error_time) AS message, name IN ({{Serious}}) AS serious
                FROM system.errors AS e WHERE e.last_error_time > now() - INTERVAL 1 HOUR
                GROUP BY name ORDER BY serious DESC, newest DESC LIMIT 20
                """),
            cancellationToken);
        var serious = errors.Where(error => error.Serious == 1).Select(Describe).ToArray();
        var others = string.Join(", ", errors.Where(error => error.Serious == 0).Select(error => $"{error.Name} ({error.Times})"));
        return serious.Length > 0 ? serious
            : [Ok(others.Length == 0 ? "None in the last hour" : $"None in the last hour that means trouble; of queries: {others}", ("others", others))];
    }

    private Finding Describe(Counted error) => Warning(
        $"{error.Name}, {error.Times} times since ClickHouse started, last at {error.Newest}: {error.Message}",
        error.Name switch
        {
            "MEMORY_LIMIT_EXCEEDED" or "CANNOT_ALLOCATE_MEMORY" =>
                "Raise Node:MemoryShare or the machine's memory, or lower Query:MemoryLimitBytes and Query:MaxConcurrentPerClient.",
            "NOT_ENOUGH_SPACE" => "Make room on the disk: see that finding.",
            "TOO_MANY_PARTS" => "See the findings on parts and merges.",
            "KEEPER_EXCEPTION" or "TABLE_IS_READ_ONLY" => "Look at Keeper.",
            _ => "Look at ClickHouse's log at that time, and at the disk's health (dmesg, smartctl).",
        },
        ("name", error.Name), ("times", error.Times), ("newest", error.Newest), ("message", error.Message));

    private sealed record Counted(string Name, long Times, string Newest, string Message, int Serious);
}
