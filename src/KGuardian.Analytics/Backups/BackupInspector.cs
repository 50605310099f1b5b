using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>Looks whether backups that a store remembers are there: people delete directories, disks are changed, buckets have lifetimes.</summary>
/// <param name="client">ClickHouse.</param>
/// <param name="node">Where the local node's backups are; null for a ClickHouse of the user's.</param>
internal sealed class BackupInspector(ClickHouseClient client, BackupDestination? node = null)
{
    private readonly BackupReader _reader = new(client);

    /// <summary>A bucket that is away is asked again and again by ClickHouse, for minutes: after this nobody waits for it.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Opens each backup with what it builds on: some milliseconds on a disk, some requests to a bucket.</summary>
    /// <param name="backups">What is remembered, newest first.</param>
    /// <param name="known">Looks at those of this place only, with its keys; null: at all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<ListedBackup>> LookAsync(IReadOnlyList<BackupRecord> backups, BackupDestination? known, CancellationToken cancellationToken)
    {
        var listed = new List<ListedBackup>();
        // Oldest first: what is known of a backup is known of those that build on it.
        foreach (var backup in backups.Where(backup => known is null || backup.Destination == known.ToString()).Reverse())
        {
            var looked = await LookAsync(backup, known, cancellationToken);
            var basedOn = listed.Find(other => other.Name == backup.Base && other.Destination == backup.Destination);
            listed.Add(
                looked.State == ListedBackup.There && basedOn?.State == ListedBackup.Broken
                    ? looked with { State = ListedBackup.Broken, Problem = basedOn.Problem }
                    : looked);
        }

        listed.Reverse();
        return listed;
    }

    private async Task<ListedBackup> LookAsync(BackupRecord backup, BackupDestination? known, CancellationToken cancellationToken)
    {
        var place = new[] { known, node }.FirstOrDefault(place => place?.ToString() == backup.Destination) ?? BackupDestination.Parse(backup.Destination);
        if (place.LacksKeys)
        {
            return ListedBackup.Of(backup, ListedBackup.OutOfReach, "its keys are not kept: name the place by --to, with its keys");
        }

        if (node is not null && place.IsFile && place != node)
        {
            return ListedBackup.Of(backup, ListedBackup.OutOfReach, $"the local node may use {node} only: with the server stopped name the place by --to");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var manifest = await _reader.OpenAsync(place.Of(backup.Name), limit.Token);
            var rows = manifest.Sum(entry => entry.Rows);
            return rows == backup.Rows
                ? ListedBackup.Of(backup, ListedBackup.There)
                : ListedBackup.Of(backup, ListedBackup.Broken, $"it has {rows} rows, and {backup.Rows} were backed up: it is another one of the same name");
        }
        catch (BackupException e)
        {
            return ListedBackup.Of(backup, e.IsOutOfReach ? ListedBackup.OutOfReach : ListedBackup.Broken, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ListedBackup.Of(backup, ListedBackup.OutOfReach, $"its place did not answer within {Limit.TotalSeconds:0} s");
        }
    }
}
