namespace KGuardian.Analytics.Server.Export;

/// <summary>Where the parts of an export and its manifest are: a directory, or a bucket. A name that is there holds something whole.</summary>
internal abstract class ExportPlace : IDisposable
{
    /// <summary>What it is called, in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Where on this machine a part is written before it gets its name.</summary>
    public abstract string DraftOf(string part);

    /// <summary>The manifest that is there; null when there is none.</summary>
    /// <exception cref="Client.UsageException">It is none, or of another version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public abstract Task<ExportManifest?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Writes the manifest, durably: whoever is killed leaves the one before, or this one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public abstract Task WriteAsync(ExportManifest manifest, CancellationToken cancellationToken);

    /// <summary>Gives a part that was written as a draft its name, durably, or takes both away.</summary>
    /// <param name="part">The name.</param>
    /// <param name="draft">What was written; null to leave nothing there, also of what a killed run left.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public abstract Task KeepAsync(string part, FetchedPart? draft, CancellationToken cancellationToken);

    /// <summary>Opens a part, at its begin and to be read at any place; null when it is not there.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public abstract Task<FileStream?> OpenAsync(string part, CancellationToken cancellationToken);

    /// <summary>Names that begin and end so, in their order.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public abstract Task<IReadOnlyList<string>> ListAsync(string begin, string end, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}
