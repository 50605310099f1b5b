using System.Security.Cryptography;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Settings;

namespace KGuardian.Analytics.Server.Export;

/// <summary>
/// A prefix in a bucket of an S3-compatible store. A part is made in a directory of this run, and sent when it is whole; so there is one part on the disk at a
/// time. An object is there as a whole or not at all, which S3 promises.
/// </summary>
internal sealed class BucketPlace : ExportPlace
{
    private const string Scheme = "s3://";

    private readonly Bucket _bucket;
    private readonly DirectoryInfo _drafts = Directory.CreateTempSubdirectory("kguardian-export-");
    private byte[]? _written;

    private BucketPlace(Bucket bucket) => _bucket = bucket;

    /// <inheritdoc/>
    public override string Name => _bucket.Address.ToString();

    /// <summary>Whether a place is a bucket: <c>s3://bucket/prefix/</c>, or a store's address with bucket and prefix.</summary>
    public static bool IsOne(string place) => new[] { Scheme, "https://", "http://" }.Any(begin => place.StartsWith(begin, StringComparison.OrdinalIgnoreCase));

    /// <summary>Opens one; nothing is asked of it yet.</summary>
    /// <param name="place">Where it is; s3:// is in Amazon's store, or the one that AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL names.</param>
    /// <exception cref="Options.SettingsException">It is no place for files.</exception>
    public static BucketPlace Open(string place)
    {
        var region = Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? BucketOptions.UsualRegion;
        var address = place.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? $"{Store().TrimEnd('/')}/{place[Scheme.Length..]}" : place;
        return new BucketPlace(new Bucket(new BucketOptions(BucketAddress.Of("place", address), region)));

        string Store() => Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL") ?? $"https://s3.{region}.amazonaws.com";
    }

    /// <inheritdoc/>
    public override string DraftOf(string part) => Path.Combine(_drafts.FullName, part);

    /// <inheritdoc/>
    public override async Task<ExportManifest?> ReadAsync(CancellationToken cancellationToken)
    {
        _written = await ManifestAsync(cancellationToken);
        return _written is null ? null : ExportManifest.Parse(_written, Name);
    }

    /// <inheritdoc/>
    /// <exception cref="CommandException">Another export wrote there meanwhile.</exception>
    public override async Task WriteAsync(ExportManifest manifest, CancellationToken cancellationToken)
    {
        // Not every store can compare and write at once; what is found so is whoever wrote before the last part.
        var there = await ManifestAsync(cancellationToken);
        if (!(there ?? []).AsSpan().SequenceEqual(_written))
        {
            throw new CommandException($"another export writes into {Name}");
        }

        var bytes = manifest.ToBytes();
        var draft = DraftOf(ExportManifest.FileName);
        await File.WriteAllBytesAsync(draft, bytes, cancellationToken);
        await _bucket.UploadAsync(
            draft, new BucketObject(ExportManifest.FileName, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))), cancellationToken);
        _written = bytes;
    }

    /// <inheritdoc/>
    public override async Task KeepAsync(string part, FetchedPart? draft, CancellationToken cancellationToken)
    {
        await (draft is null ? _bucket.DeleteAsync(part, cancellationToken)
            : _bucket.UploadAsync(DraftOf(part), new BucketObject(part, draft.Bytes, draft.Sha256), cancellationToken));
        File.Delete(DraftOf(part));
    }

    /// <inheritdoc/>
    public override async Task<FileStream?> OpenAsync(string part, CancellationToken cancellationToken)
    {
        var file = new FileStream(DraftOf("part"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 128 << 10, FileOptions.DeleteOnClose);
        try
        {
            if (await _bucket.DownloadAsync(part, file, cancellationToken))
            {
                file.Seek(0, SeekOrigin.Begin);
                return file;
            }
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }

        await file.DisposeAsync();
        return null;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string>> ListAsync(string begin, string end, CancellationToken cancellationToken) =>
        [.. (await _bucket.ListAsync(begin, cancellationToken)).Where(name => name.EndsWith(end, StringComparison.Ordinal))];

    /// <inheritdoc/>
    public override void Dispose()
    {
        _bucket.Dispose();
        _drafts.Delete(recursive: true);
    }

    private async Task<byte[]?> ManifestAsync(CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        return await _bucket.DownloadAsync(ExportManifest.FileName, text, cancellationToken) ? text.ToArray() : null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
