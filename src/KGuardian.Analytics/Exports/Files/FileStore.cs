using System.Buffers;
using System.Security.Cryptography;
using KGuardian.Analytics.Query.Rows;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Exports.Files;

/// <summary>
/// The directory of finished files. A file is written under another name, synced, renamed, and the directory synced: whenever this process is killed, a name is
/// that of a whole file. Only ids of files that are known become names.
/// </summary>
internal sealed class FileStore
{
    private const string DraftSuffix = ".draft";

    /// <summary>As much as ClickHouse sends at once.</summary>
    private const int BufferBytes = 256 << 10;

    /// <summary>How often it is looked whether the disk gets full.</summary>
    private const long LookEvery = 64L << 20;

    /// <summary>What is left to the journal and ClickHouse: 1 GiB, of small disks a twentieth.</summary>
    private const long LeastFree = 1L << 30;

    private const int SmallestPart = 20;

    private readonly string _directory;

    /// <summary>Opens a directory; it is created when it is not there.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public FileStore(string directory)
    {
        _directory = Path.GetFullPath(directory);
        PrivateFiles.CreateDirectory(_directory);
    }

    /// <summary>What a format's files are called behind the dot.</summary>
    public static string ExtensionOf(RowFormat format) => format switch
    {
        RowFormat.JsonLines => "ndjson",
        RowFormat.JsonArray => "json",
        RowFormat.Arrow => "arrow",
        RowFormat.Parquet => "parquet",
        _ => "csv",
    };

    /// <summary>What a finished file is called, here and in a bucket.</summary>
    public static string NameOf(ExportFile file) => $"{file.FileId}.{ExtensionOf(file.Format)}";

    /// <summary>Whether a file is there, of the length that it should have.</summary>
    public bool Has(ExportFile file) => new FileInfo(PathOf(file)) is { Exists: true } found && found.Length == file.Bytes;

    /// <summary>Opens a file to read.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public FileStream Open(ExportFile file) => new(
        PathOf(file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes,
        FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Deletes a file; one that is not there is deleted.</summary>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    public void Delete(ExportFile file) => File.Delete(PathOf(file));

    /// <summary>Deletes everything but some files, drafts of killed exports among it; returns how many there were.</summary>
    /// <exception cref="IOException">One cannot be deleted.</exception>
    public int DeleteAllBut(IEnumerable<ExportFile> files)
    {
        var kept = files.Select(PathOf).ToHashSet(StringComparer.Ordinal);
        var others = Directory.EnumerateFiles(_directory).Where(path => !kept.Contains(path)).ToArray();
        foreach (var path in others)
        {
            File.Delete(path);
        }

        return others.Length;
    }

    /// <summary>Writes a draft, synced.</summary>
    /// <param name="fileId">The file's id.</param>
    /// <param name="content">What is in it.</param>
    /// <param name="mostBytes">Most bytes.</param>
    /// <param name="cancellationToken">Ends it; the draft is deleted.</param>
    /// <returns>Its length and its SHA-256 in hexadecimal digits.</returns>
    /// <exception cref="IOException">The disk is full, or fails, or the file would be too long; the draft is deleted.</exception>
    public async Task<(long Bytes, string Sha256)> WriteDraftAsync(string fileId, Stream content, long mostBytes, CancellationToken cancellationToken)
    {
        var path = DraftOf(fileId);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = PrivateFiles.FileMode(path);
            }

            await using var file = new FileStream(path, options);
            long bytes = 0;
            var looked = -LookEvery;
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0; bytes += read)
            {
                if (bytes + read > mostBytes)
                {
                    throw new IOException($"the file would have more than Exports:MaxBytes = {mostBytes} bytes");
                }

                if (bytes - looked >= LookEvery)
                {
                    CheckFree();
                    looked = bytes;
                }

                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            file.Flush(flushToDisk: true);
            return (bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Makes a draft the file; durable when this returns.</summary>
    /// <exception cref="IOException">It is not, or may not be.</exception>
    public void Publish(ExportFile file)
    {
        File.Move(DraftOf(file.FileId), PathOf(file), overwrite: true);
        DirectorySync.Flush(_directory);
    }

    /// <summary>Deletes a draft; one that is not there is deleted.</summary>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    public void DeleteDraft(string fileId) => File.Delete(DraftOf(fileId));

    /// <summary>Where a draft is.</summary>
    public string DraftOf(string fileId) => Path.Combine(_directory, fileId + DraftSuffix);

    private string PathOf(ExportFile file) => Path.Combine(_directory, NameOf(file));

    /// <summary>A file is less worth than the flows that the disk is there for.</summary>
    private void CheckFree()
    {
        var disk = new DriveInfo(_directory);
        var least = Math.Min(LeastFree, disk.TotalSize / SmallestPart);
        if (disk.AvailableFreeSpace < least)
        {
            throw new IOException($"the disk of {_directory} has {disk.AvailableFreeSpace} bytes left; the last {least} are for flows");
        }
    }
}
