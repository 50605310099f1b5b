using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>A BACKUP or RESTORE statement: started in the background of ClickHouse, watched to its end, ended when nobody wants it any more.</summary>
internal static class EngineJob
{
    /// <summary>A backup of a few files takes milliseconds.</summary>
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs it; returns the bytes that it wrote or read.</summary>
    /// <param name="client">ClickHouse.</param>
    /// <param name="statement">Up to its settings.</param>
    /// <param name="settings">More of them, each led by a comma.</param>
    /// <param name="phase">For the progress.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackupException">It failed.</exception>
    public static async Task<long> RunAsync(
        ClickHouseClient client, string statement, string settings, string phase, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var id = $"kguardian-{Guid.NewGuid():N}";
        try
        {
            await client.ExecuteAsync(
                new ClickHouseQuery($"{statement} SETTINGS id = '{id}'{settings} ASYNC") { QueryId = id, Database = "default" }, cancellationToken);
        }
        catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.Refused)
        {
            throw Failed(e.Text, e);
        }

        try
        {
            for (var poll = FirstPoll; ; poll = poll * 2 < LongestPoll ? poll * 2 : LongestPoll)
            {
                var state = await StateAsync(client, id, cancellationToken);
                progress(new BackupProgress(phase, state.FilesRead, state.NumFiles, state.BytesRead, state.TotalSize));
                switch (state.Status)
                {
                    case "BACKUP_CREATED" or "RESTORED":
                        return state.CompressedSize;
                    case "CREATING_BACKUP" or "RESTORING":
                        await Task.Delay(poll, cancellationToken);
                        break;
                    default:
                        throw Failed(state.Error.Length > 0 ? state.Error : state.Status, null);
                }
            }
        }
        catch (OperationCanceledException)
        {
            await client.KillAsync(client.Pool.Current, id, CancellationToken.None);
            throw;
        }
    }

    private static async Task<State> StateAsync(ClickHouseClient client, string id, CancellationToken cancellationToken)
    {
        var states = await client.QueryAsync<State>(
            new ClickHouseQuery("""
                SELECT toString(status) AS status, error, num_files, total_size, files_read, bytes_read, compressed_size
                FROM system.backups AS b WHERE id = {id:String}
                """) { Database = "default" }.With("id", id),
            cancellationToken);
        return states is [var state] ? state : throw new BackupException("ClickHouse does not know of it any more: it was restarted meanwhile");
    }

    /// <summary>ClickHouse's text alone: its frames have no names.</summary>
    public static string WithoutFrames(string error) => error.IndexOf(", Stack trace", StringComparison.Ordinal) is > 0 and var end ? error[..end] : error;

    private static BackupException Failed(string error, Exception? inner)
    {
        var text = WithoutFrames(error);
        var isOutOfReach = text.Contains("allowed_path", StringComparison.Ordinal) || text.Contains("allowed_disk", StringComparison.Ordinal);
        return new BackupException(
            isOutOfReach
                ? "ClickHouse may not use this place; its settings backups.allowed_path and backups.allowed_disk "
                    + $"name what it may, of the local node Node:BackupDirectory. {text}"
                : text,
            inner)
        { IsOutOfReach = isOutOfReach };
    }

    private sealed record State(string Status, string Error, long NumFiles, long TotalSize, long FilesRead, long BytesRead, long CompressedSize);
}

/// <summary>How far a backup or a restore is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="Files">Files copied; 0 where that is not known yet.</param>
/// <param name="FilesTotal">Files to copy.</param>
/// <param name="Bytes">Bytes copied.</param>
/// <param name="BytesTotal">Bytes to copy.</param>
internal sealed record BackupProgress(string Phase, long Files = 0, long FilesTotal = 0, long Bytes = 0, long BytesTotal = 0);
