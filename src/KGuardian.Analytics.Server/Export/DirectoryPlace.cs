using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>A directory of this machine, into which one export writes at a time.</summary>
internal sealed class DirectoryPlace : ExportPlace
{
    private const string LockName = ".lock";

    private readonly FileStream? _alone;

    private DirectoryPlace(string directory, FileStream? alone) => (Name, _alone) = (directory, alone);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>One that is only read.</summary>
    public static DirectoryPlace ToRead(string directory) => new(directory, null);

    /// <summary>One to write into, which is made when it is not there; drafts of a killed run go.</summary>
    /// <exception cref="UsageException">Another export writes into it.</exception>
    public static DirectoryPlace ToWrite(string directory)
    {
        Directory.CreateDirectory(directory);
        var place = new DirectoryPlace(directory, Lock(directory));
        foreach (var left in Directory.EnumerateFiles(directory, "*.tmp"))
        {
            File.Delete(left);
        }

        return place;
    }

    /// <inheritdoc/>
    public override string DraftOf(string part) => $"{At(part)}.tmp";

    /// <inheritdoc/>
    public override async Task<ExportManifest?> ReadAsync(CancellationToken cancellationToken) => !File.Exists(At(ExportManifest.FileName)) ? null
        : ExportManifest.Parse(await File.ReadAllBytesAsync(At(ExportManifest.FileName), cancellationToken), Name);

    /// <inheritdoc/>
    public override async Task WriteAsync(ExportManifest manifest, CancellationToken cancellationToken)
    {
        await using (var file = new FileStream(DraftOf(ExportManifest.FileName), FileMode.Create, FileAccess.Write))
        {
            file.Write(manifest.ToBytes());
            file.Flush(flushToDisk: true);
        }

        Publish(ExportManifest.FileName);
    }

    /// <inheritdoc/>
    public override Task KeepAsync(string part, FetchedPart? draft, CancellationToken cancellationToken)
    {
        if (draft is null)
        {
            File.Delete(DraftOf(part));
            File.Delete(At(part));
            DirectorySync.Flush(Name);
        }
        else
        {
            Publish(part);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<FileStream?> OpenAsync(string part, CancellationToken cancellationToken) =>
        Task.FromResult(File.Exists(At(part)) ? File.OpenRead(At(part)) : null);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<string>> ListAsync(string begin, string end, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>(
            [.. Directory.EnumerateFiles(Name, $"{begin}*{end}").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public override void Dispose() => _alone?.Dispose();

    private string At(string part) => Path.Combine(Name, Path.GetFileName(part));

    private void Publish(string part)
    {
        File.Move(DraftOf(part), At(part), overwrite: true);
        DirectorySync.Flush(Name);
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(Path.Combine(directory, LockName)))
        {
            throw new UsageException($"another export writes into {directory}");
        }
    }
}
