using KGuardian.Analytics.Exports.Files;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Exports;

/// <summary>
/// The list of finished files, which is what is in the table and in the directory: a file is there before its row, and its row goes before the file does, so
/// what a crash leaves is a file without a row. Anybody may read the list; one at a time may change it.
/// </summary>
/// <param name="store">Where files are.</param>
/// <param name="table">Where their rows are.</param>
/// <param name="options">Settings <c>Exports:*</c>.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class FinishedFiles(FileStore store, FileTable table, ExportOptions options, ExportMetrics metrics, ILogger logger)
{
    private volatile IReadOnlyList<ExportFile> _files = [];

    /// <summary>Every finished file.</summary>
    public IReadOnlyList<ExportFile> All => _files;

    /// <summary>Reads the rows.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken) => _files = await table.ReadAsync(cancellationToken);

    /// <summary>Makes files and their rows agree: rows without their file go, and files without a row, drafts among them.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var lost = _files.Where(file => !store.Has(file)).ToArray();
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

    /// <summary>Opens a file whose time has not come; null when there is none of this id.</summary>
    public (ExportFile File, FileStream Content)? Open(string fileId, DateTimeOffset now)
    {
        try
        {
            return _files.FirstOrDefault(file => file.FileId == fileId && file.ExpiresOn > now) is { } found ? (found, store.Open(found)) : null;
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // It went in between, or somebody took it.
            LogGone(fileId, e.Message);
            return null;
        }
    }

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
        store.Publish(file);
        await table.WriteAsync(file, CancellationToken.None);
        _files = [.. _files, file];
    }

    /// <summary>Deletes files.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; they are listed as before.</exception>
    public async Task RemoveAsync(ExportFile[] files, CancellationToken cancellationToken)
    {
        if (files.Length == 0)
        {
            return;
        }

        await table.DeleteAsync(files, cancellationToken);
        _files = [.. _files.Except(files)];
        foreach (var file in files)
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

    /// <summary>Deletes a draft that nobody waits for any more.</summary>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    public void DeleteDraft(string fileId) => store.DeleteDraft(fileId);

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
}
