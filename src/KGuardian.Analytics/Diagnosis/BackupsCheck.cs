using KGuardian.Analytics.Backups;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>The last backup, whether it is there with what it builds on, and what an interrupted backup or restore left behind.</summary>
/// <param name="client">ClickHouse.</param>
/// <param name="inspector">Opens backups.</param>
/// <param name="clock">Now.</param>
internal sealed class BackupsCheck(ClickHouseClient client, BackupInspector inspector, TimeProvider clock) : Check("backups")
{
    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var last = await new BackupCatalog(client).ListAsync(cancellationToken) is [var newest, ..] ? newest : null;
        var findings = new List<Finding>
        {
            last is null ? Ok("No backup was made of this store", ("last", null)) : await DescribeAsync(last, cancellationToken),
        };
        var names = new StoreDatabases(client.Database);
        var left = await client.QueryAsync<Left>(
            Ask(client, """
                SELECT d.name AS name, (SELECT count() FROM system.backups WHERE status IN ('CREATING_BACKUP', 'RESTORING')) AS running
                FROM system.databases AS d WHERE d.name IN ({snapshot:String}, {restoring:String}, {restored:String}, {replaced:String}) OR startsWith(d.name, {opened:String})
                """)
                .With("snapshot", names.Snapshot).With("restoring", names.Restoring).With("restored", names.Restored)
                .With("replaced", names.Replaced).With("opened", names.Opened),
            cancellationToken);
        findings.AddRange(left.Where(database => database.Running == 0).Select(database => Warning(
            $"The database {database.Name} is left of a backup or restore that was interrupted"
            + $"{(database.Name.StartsWith(names.Opened, StringComparison.Ordinal) ? "" : "; it keeps disk space")}",
            database.Name == names.Restored
                ? "Start the server, or restore again: it takes its place then."
                : $"The next backup or restore drops it, or: DROP DATABASE {database.Name}.",
            ("database", database.Name))));
        return findings;
    }

    private async Task<Finding> DescribeAsync(BackupRecord last, CancellationToken cancellationToken)
    {
        var what = $"The last one, {last.Name} in {last.Destination}, is {(clock.GetUtcNow() - last.TakenAt).TotalHours:0} hours old "
            + $"and has {last.Flows} flows";
        var looked = (await inspector.LookAsync([last], null, cancellationToken))[0];
        (string, object?)[] evidence =
        [
            ("last", last.Name), ("taken_at", last.TakenAt), ("destination", last.Destination), ("flows", last.Flows), ("state", looked.State),
            ("problem", looked.Problem),
        ];
        return looked.State switch
        {
            ListedBackup.There => Ok($"{what}; it was opened, with all that it builds on", evidence),
            ListedBackup.Broken => Error(
                $"{what}; but: {looked.Problem}",
                "Make a new one ('backup', which does not build on a broken one), and see who deletes there.", evidence),
            _ => Ok($"{what}; whether it is there was not looked at: {looked.Problem}", evidence),
        };
    }

    private sealed record Left(string Name, long Running);
}
