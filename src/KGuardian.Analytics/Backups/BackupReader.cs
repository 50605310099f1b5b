using System.Text.RegularExpressions;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// Reads a backup where it is, with everything that it builds on, wherever ClickHouse can reach it: nothing is copied but the manifest. What this has
/// read can be restored.
/// </summary>
internal sealed partial class BackupReader(ClickHouseClient client)
{
    /// <summary>A terabyte at 50 MB/s, as from a far bucket, takes 6 hours.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromHours(6);

    private readonly StoreDatabases _names = new(client.Database);

    /// <summary>
    /// Opens it and each backup that it builds on, which must be the very one; returns what its manifest says. Of a local node's also all files must be there.
    /// </summary>
    /// <exception cref="BackupException">It cannot be opened.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<StoreManifest.Entry>> OpenAsync(BackupDestination place, CancellationToken cancellationToken)
    {
        if (place.LocalPath is not null && BackupFiles.FindDamage(place) is { } damage)
        {
            throw Damaged(place, damage, null);
        }

        var side = NewName();
        await StoreSnapshot.CreateAsync(client, side, cancellationToken);
        try
        {
            await EngineJob.RunAsync(
                client,
                $"RESTORE TABLE {StoreDatabases.NameInBackup}.{StoreManifest.Table} AS {StoreSnapshot.Quoted(side)}.{StoreManifest.Table} FROM {place.Sql}",
                "", "verify",
                // The engine would tell of the whole backup, of which this is a file or two.
                _ => { }, cancellationToken);
            return await StoreManifest.ReadAsync(client, side, StoreManifest.Table, cancellationToken);
        }
        catch (BackupException e) when (!e.IsOutOfReach)
        {
            throw Damaged(place, e.Message, e);
        }
        finally
        {
            await StoreSnapshot.DropAsync(client, side, CancellationToken.None);
        }
    }

    /// <summary>
    /// Reads all parts of all tables through the backup's own list of files, and compares their rows with the manifest and their bytes with their
    /// checksums: the time of reading the store once.
    /// </summary>
    /// <exception cref="BackupException">Something is missing, or is not what was written.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task ReadAsync(BackupDestination place, IReadOnlyList<StoreManifest.Entry> manifest, CancellationToken cancellationToken)
    {
        var side = NewName();
        await client.ExecuteAsync(
            new ClickHouseQuery($"CREATE DATABASE {StoreSnapshot.Quoted(side)} ENGINE = Backup('{StoreDatabases.NameInBackup}', {place.Sql})")
            { Database = "default" },
            cancellationToken);
        try
        {
            foreach (var table in manifest.Select(entry => entry.TableName).Distinct())
            {
                await CheckAsync(client, side, table, place, cancellationToken);
            }

            if (StoreManifest.Difference(manifest, await StoreManifest.CountAsync(client, side, cancellationToken)) is { } difference)
            {
                throw Damaged(place, difference, null);
            }
        }
        catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.Refused)
        {
            throw Damaged(place, e.Text, e);
        }
        finally
        {
            await StoreSnapshot.DropAsync(client, side, CancellationToken.None);
        }
    }

    /// <summary>Compares every byte of a table's parts with the checksums that were written with them.</summary>
    /// <exception cref="BackupException">A part is not what was written.</exception>
    internal static async Task CheckAsync(ClickHouseClient client, string database, string table, BackupDestination place, CancellationToken cancellationToken)
    {
        var parts = await client.QueryAsync<Part>(
            new ClickHouseQuery($"CHECK TABLE {StoreSnapshot.Quoted(database)}.{StoreSnapshot.Quoted(table)}") { Database = "default", TimeLimit = ReadLimit }
                .WithSetting("check_query_single_value_result", "0"),
            cancellationToken);
        if (parts.FirstOrDefault(part => part.IsPassed == 0) is { } broken)
        {
            throw Damaged(place, $"{table}, part {broken.PartPath}: {broken.Message}", null);
        }
    }

    /// <summary>Says what is wrong with a backup, and with which one of those that it builds on where ClickHouse names its file.</summary>
    internal static BackupException Damaged(BackupDestination place, string reason, Exception? inner)
    {
        var text = EngineJob.WithoutFrames(reason);
        // The file is named by its path, of which one folder is the backup.
        var file = BackupFile().Matches(text).LastOrDefault();
        var own = place.Path[(place.Path.LastIndexOf('/') + 1)..];
        var what = file is null ? ""
            : $" {(file.Groups["backup"].Value == own ? "" : $"It builds on {file.Groups["backup"].Value}, of which ")}"
                + $"the file {file.Groups["file"].Value} is missing or not what was written.";
        return new BackupException(
            $"The backup {place} is not whole and cannot be restored:{(what.Length > 0 ? $"{what} ClickHouse says:" : "")} {text}", inner)
        { IsDamage = true };
    }

    private string NewName() => $"{_names.Opened}{Guid.NewGuid():N}";

    [GeneratedRegex(
        @"(?<backup>\w+-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-(full|incremental))/(?<file>(data|metadata)/[^\s""'\],:]+)",
        RegexOptions.ExplicitCapture)]
    private static partial Regex BackupFile();

    private sealed record Part(string PartPath, int IsPassed, string Message);
}
