using System.Collections.Concurrent;
using KGuardian.Analytics.Exports.Files;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Exports;

/// <summary>
/// The list of finished files, which is what is in the table and in the directory or the bucket: a file is there before its row. In the directory its row goes
/// before the file does, so what a crash leaves is a file without a row. In a bucket, which may be away, the row stays, marked, until the object is deleted.
/// Anybody may read the list; one at a time may change it.
/// </summary>
/// <param name="store">Where drafts are, and without a bucket files.</param>
/// <param name="bucket">Where files are; null: in the directory.</param>
/// <param name="table">Where their rows are.</param>
/// <param name="options">Settings <c>Exports:*</c>.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class FinishedFiles(
    FileStore store, Bucket? bucket, FileTable table, ExportOptions options, ExportMetrics metrics, ILogger logger)
{
    private readonly ConcurrentDictionary<string, ExportFile> _deleted = [];
    private volatile IReadOnlyList<ExportFile> _files = [];

    /// <summary>Every finished file.</summary>
    public IReadOnlyList<ExportFile> All => _files;

    /// <summary>Reads the rows.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var files = await table.ReadAsync(cancellationToken);
        foreach (var file in files.Where(file => file.IsDeleted))
        {
            _deleted[file.FileId] = file;
        }

        _files = [.. files.Where(file => !file.IsDeleted)];
    }

    /// <summary>Makes files and their rows agree: rows without their file go, and files without a row, drafts among them.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var lost = _files.Where(file => file.Bucket is null && !store.Has(file)).ToArray();
        if (lost.Length > 0)
        {
            await table.DeleteAsync(lost, cancellationToken);
            _files = [.. _files.Except(lost)];
            LogLost(lost.Length);
        }

        if (store.DeleteAllBut(_files) is > 0 and var others)
        {
            LogNobodys(others);
        }
    }

    /// <summary>Opens a file of the directory; null when it is gone.</summary>
    public FileStream? Open(ExportFile file)
    {
        try
        {
            return store.Open(file);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // It went in between, or somebody took it.
            LogGone(file.FileId, e.Message);
            return null;
        }
    }

    /// <summary>An address that a file of the bucket is got from; null when it is gone.</summary>
    /// <param name="file">The file.</param>
    /// <param name="download">How it is got.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">The bucket does not answer, or it is another one than that of the settings.</exception>
    public async Task<Uri?> SignAsync(ExportFile file, Download download, CancellationToken cancellationToken)
    {
        var holder = HolderOf(file) ?? throw new IOException($"it lies in {file.Bucket}, and Exports:S3Endpoint = '{bucket?.Address}'");
        if (await holder.HasAsync(file, cancellationToken))
        {
            return await holder.SignAsync(file, download);
        }

        LogGone(file.FileId, $"it is not in {file.Bucket}");
        return null;
    }

    /// <summary>Brings a draft to where its file goes. It takes as long as it takes: others change the list meanwhile.</summary>
    /// <exception cref="IOException">The bucket did not take it.</exception>
    public Task UploadAsync(ExportFile file, CancellationToken cancellationToken) =>
        file.Bucket is null ? Task.CompletedTask : bucket!.UploadAsync(store.DraftOf(file.FileId), file, cancellationToken);

    /// <summary>Makes a draft a file, and lists it; the oldest go where all would have too many bytes. One that is listed already stays as it is.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task AddAsync(ExportFile file)
    {
        if (_files.Contains(file))
        {
            return;
        }

        await MakeRoomAsync(file.Bytes);
        if (file.Bucket is null)
        {
            store.Publish(file);
        }

        await table.WriteAsync(file, CancellationToken.None);
        _files = [.. _files, file];
        if (file.Bucket is not null)
        {
            DeleteDraft(file);
        }
    }

    /// <summary>Takes files from the list and deletes them; those in the bucket with the next <see cref="SweepAsync"/>.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; they are listed as before.</exception>
    public async Task RemoveAsync(ExportFile[] files, CancellationToken cancellationToken)
    {
        foreach (var file in files.Where(file => file.Bucket is not null))
        {
            await MarkAsync(file, cancellationToken);
            _files = [.. _files.Where(other => other != file)];
        }

        var local = files.Where(file => file.Bucket is null).ToArray();
        if (local.Length == 0)
        {
            return;
        }

        await table.DeleteAsync(local, cancellationToken);
        _files = [.. _files.Except(local)];
        foreach (var file in local)
        {
            try
            {
                store.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next start deletes what is in no row.
                LogNotDeleted(file.FileId, e.Message);
            }
        }
    }

    /// <summary>Deletes what was made of a file that nobody waits for any more.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task DiscardAsync(ExportFile file)
    {
        DeleteDraft(file);
        if (file.Bucket is not null)
        {
            await MarkAsync(file, CancellationToken.None);
        }
    }

    /// <summary>Deletes from the bucket what is not listed any more; what fails is tried with the next call.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var file in _deleted.Values)
        {
            try
            {
                if (HolderOf(file) is { } holder)
                {
                    await holder.DeleteAsync(file, cancellationToken);
                }
                else
                {
                    LogLeft(file.FileId, file.Bucket);
                }
            }
            catch (IOException e)
            {
                LogNotSwept(file.FileId, e.Message);
                return;
            }

            await table.DeleteAsync([file], cancellationToken);
            _deleted.TryRemove(file.FileId, out _);
        }
    }

    private void DeleteDraft(ExportFile file)
    {
        try
        {
            store.DeleteDraft(file.FileId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start does.
            LogNotDeleted(file.FileId, e.Message);
        }
    }

    private Bucket? HolderOf(ExportFile file) => bucket?.Address == file.Bucket ? bucket : null;

    private async Task MarkAsync(ExportFile file, CancellationToken cancellationToken)
    {
        var marked = file with { IsDeleted = true };
        await table.WriteAsync(marked, cancellationToken);
        _deleted[file.FileId] = marked;
    }

    private async Task MakeRoomAsync(long bytes)
    {
        var excess = _files.Sum(file => file.Bytes) + bytes - options.MaxBytes;
        var oldest = new List<ExportFile>();
        foreach (var file in _files.OrderBy(file => file.CreatedOn).ThenBy(file => file.To).TakeWhile(_ => excess > 0))
        {
            oldest.Add(file);
            excess -= file.Bytes;
        }

        await RemoveAsync([.. oldest], CancellationToken.None);
        metrics.PushedOut.Add(oldest.Count);
        if (oldest.Count > 0)
        {
            LogPushedOut(oldest.Count, options.MaxBytes);
        }
    }

    [LoggerMessage(1903, LogLevel.Warning, "{Files} files of exports were deleted before their time: all of them had more than {MaxBytes} bytes")]
    private partial void LogPushedOut(int files, long maxBytes);

    [LoggerMessage(1904, LogLevel.Warning, "{Files} files of exports are not there any more, and are not listed from now on")]
    private partial void LogLost(int files);

    [LoggerMessage(1905, LogLevel.Information, "{Files} files of exports that are in no list were deleted")]
    private partial void LogNobodys(int files);

    [LoggerMessage(1906, LogLevel.Warning, "File {File} of an export could not be deleted; the next start does: {Reason}")]
    private partial void LogNotDeleted(string file, string reason);

    [LoggerMessage(1907, LogLevel.Warning, "File {File} of an export is listed and not there: {Reason}")]
    private partial void LogGone(string file, string reason);

    [LoggerMessage(1910, LogLevel.Warning, "File {File} of an export could not be deleted from its bucket; it is tried again: {Reason}")]
    private partial void LogNotSwept(string file, string reason);

    [LoggerMessage(1911, LogLevel.Warning, "File {File} of an export stays in {Bucket}: Exports:S3Endpoint is another one now")]
    private partial void LogLeft(string file, Uri? bucket);
}
