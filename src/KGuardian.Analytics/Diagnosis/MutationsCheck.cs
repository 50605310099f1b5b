using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Mutations (indexes and projections that are built for parts that were there before them) that are not done.</summary>
internal sealed class MutationsCheck(ClickHouseClient client) : Check("mutations")
{
    private const long LongSeconds = 3600;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var mutations = await client.QueryAsync<Mutation>(
            Ask(client, """
                SELECT m.table AS table_name, m.mutation_id, m.command, dateDiff('second', m.create_time, now()) AS age, m.parts_to_do,
                       m.latest_fail_reason AS reason
                FROM system.mutations AS m WHERE m.database = {database:String} AND NOT m.is_done ORDER BY reason = '', age DESC LIMIT 10
                """),
            cancellationToken);
        return mutations.Count == 0 ? [Ok("None is waiting", ("waiting", 0))] : [.. mutations.Select(Describe)];
    }

    private Finding Describe(Mutation mutation)
    {
        (string, object?)[] evidence =
        [
            ("table", mutation.TableName), ("mutation_id", mutation.MutationId), ("command", mutation.Command),
            ("age_seconds", mutation.Age), ("parts_to_do", mutation.PartsToDo), ("reason", mutation.Reason),
        ];
        var what = $"{mutation.Command} of {mutation.TableName} has {mutation.PartsToDo} parts to do after {mutation.Age} s";
        return mutation.Reason.Length > 0
            ? Error(
                $"{what}, and fails: {mutation.Reason}",
                $"Remove its cause, or end it: KILL MUTATION WHERE mutation_id = '{mutation.MutationId}'.", evidence)
            : mutation.Age > LongSeconds
                ? Warning(what, "It waits for merges, or the disk has no room for rewritten parts: see those findings.", evidence)
                : Ok(what, evidence);
    }

    private sealed record Mutation(string TableName, string MutationId, string Command, long Age, long PartsToDo, string Reason);
}
