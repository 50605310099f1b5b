using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace KGuardian.Analytics.Exports.Files;

/// <summary>Finished files in a bucket of an S3-compatible store. Every failure is an <see cref="IOException"/> that names the bucket.</summary>
internal sealed partial class Bucket : IDisposable
{
    /// <summary>How long a signed address is good: a download that began goes on, one that was not begun within this asks again.</summary>
    public static readonly TimeSpan SignatureLife = TimeSpan.FromMinutes(15);

    /// <summary>Of one request, so that 16 MiB take it on a line of 4.5 Mbit/s.</summary>
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(30);

    /// <summary>S3 takes parts of 5 MiB or more; each is a request.</summary>
    private const long PartBytes = 16 << 20;

    /// <summary>As S3 has it: with parts of 16 MiB 156 GiB, larger files have larger parts.</summary>
    private const int MostParts = 10_000;

    /// <summary>Metadata of an object: the file's SHA-256 in hexadecimal digits.</summary>
    private const string HashName = "sha256";

    private const int Retries = 2;

    private readonly AmazonS3Client _client;
    private readonly string _name;
    private readonly string _prefix;

    /// <summary>A bucket; nothing is asked of it yet.</summary>
    public Bucket(BucketOptions options)
    {
        Address = options.Endpoint;
        // Path style: "/bucket/prefix/". Every S3-compatible store takes it.
        var path = Uri.UnescapeDataString(options.Endpoint.AbsolutePath).TrimStart('/').Split('/', 2);
        (_name, _prefix) = (path[0], path.ElementAtOrDefault(1) ?? "");
        var config = new AmazonS3Config
        {
            ServiceURL = options.Endpoint.GetLeftPart(UriPartial.Authority),
            AuthenticationRegion = options.Region,
            ForcePathStyle = true,
            Timeout = RequestLimit,
            MaxErrorRetry = Retries,
            // Other stores than Amazon's do not know the newer checksums; Content-Length and the signature's hash are always there.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        _client = options.AccessKey is { } key
            ? new AmazonS3Client(new BasicAWSCredentials(key, options.SecretKey), config)
            : new AmazonS3Client(config);
    }

    /// <summary>Address of bucket and prefix.</summary>
    public Uri Address { get; }

    /// <summary>Stores a file under its name; one that is there is replaced. It is there, and whole, when this returns.</summary>
    /// <param name="path">What is stored.</param>
    /// <param name="file">Which file it is.</param>
    /// <param name="cancellationToken">Ends it; nothing is stored then.</param>
    /// <exception cref="IOException">The bucket is away, refuses it, or has stored something else.</exception>
    public Task UploadAsync(string path, ExportFile file, CancellationToken cancellationToken) =>
        UploadAsync(path, new BucketObject(FileStore.NameOf(file), file.Bytes, file.Sha256), cancellationToken);

    /// <summary>The same of a file that is of no schedule.</summary>
    /// <exception cref="IOException">The bucket is away, refuses it, or has stored something else.</exception>
    public Task UploadAsync(string path, BucketObject file, CancellationToken cancellationToken) => AskAsync("take a file", async () =>
    {
        await (file.Bytes <= PartBytes ? PutAsync(path, file, cancellationToken) : PutPartsAsync(path, file, cancellationToken));
        var stored = await _client.GetObjectMetadataAsync(_name, _prefix + file.Name, cancellationToken);
        return stored.ContentLength == file.Bytes
            ? true
            : throw new IOException($"the bucket {Address} has stored {stored.ContentLength} of {file.Bytes} bytes");
    }, cancellationToken);

    /// <summary>Whether a file is there.</summary>
    /// <exception cref="IOException">The bucket is away, or does not say.</exception>
    public Task<bool> HasAsync(ExportFile file, CancellationToken cancellationToken) => AskAsync("look for a file", async () =>
    {
        try
        {
            return (await _client.GetObjectMetadataAsync(_name, KeyOf(file), cancellationToken)).ContentLength == file.Bytes;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }, cancellationToken);

    /// <summary>Deletes a file; one that is not there is deleted.</summary>
    /// <exception cref="IOException">The bucket is away, or refuses it.</exception>
    public Task DeleteAsync(ExportFile file, CancellationToken cancellationToken) =>
        AskAsync("delete a file", () => _client.DeleteObjectAsync(_name, KeyOf(file), cancellationToken), cancellationToken);

    /// <summary>An address that anybody may get a file from, for <see cref="SignatureLife"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="download">How it is got.</param>
    /// <exception cref="IOException">There are no keys to sign with.</exception>
    public Task<Uri> SignAsync(ExportFile file, Download download)
    {
        var request = new GetPreSignedUrlRequest
        {
            BucketName = _name,
            Key = KeyOf(file),
            Verb = download.IsHead ? HttpVerb.HEAD : HttpVerb.GET,
            // The bucket's clock says when it is over; that of this machine is all that there is to begin with.
            Expires = DateTime.UtcNow + SignatureLife,
            Protocol = Address.Scheme == Uri.UriSchemeHttp ? Protocol.HTTP : Protocol.HTTPS,
            ResponseHeaderOverrides = new ResponseHeaderOverrides
            {
                ContentDisposition = $"attachment; filename=\"{download.Name}\"",
                ContentType = download.MediaType,
            },
        };
        return AskAsync("sign an address", async () => new Uri(await _client.GetPreSignedURLAsync(request)), CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>In one request.</summary>
    /// <remarks>
    /// By default a body over HTTP is signed piece by piece, with the signatures between the pieces (UseChunkEncoding). Not every store takes them out again,
    /// and a file can as well be read twice and be signed as a whole.
    /// </remarks>
    private async Task PutAsync(string path, BucketObject file, CancellationToken cancellationToken)
    {
        var request = new PutObjectRequest { BucketName = _name, Key = _prefix + file.Name, FilePath = path, UseChunkEncoding = false };
        request.Metadata[HashName] = file.Sha256;
        await _client.PutObjectAsync(request, cancellationToken);
    }

    /// <summary>Part by part: a request that fails is sent again alone.</summary>
    private async Task PutPartsAsync(string path, BucketObject file, CancellationToken cancellationToken)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = _name, Key = _prefix + file.Name };
        begin.Metadata[HashName] = file.Sha256;
        var upload = (await _client.InitiateMultipartUploadAsync(begin, cancellationToken)).UploadId;
        try
        {
            var size = Math.Max(PartBytes, (file.Bytes + MostParts - 1) / MostParts);
            var parts = new List<PartETag>();
            for (long at = 0; at < file.Bytes; at += size)
            {
                var part = await _client.UploadPartAsync(
                    new UploadPartRequest
                    {
                        BucketName = _name,
                        Key = _prefix + file.Name,
                        UploadId = upload,
                        PartNumber = parts.Count + 1,
                        FilePath = path,
                        FilePosition = at,
                        PartSize = Math.Min(size, file.Bytes - at),
                        UseChunkEncoding = false,
                    },
                    cancellationToken);
                parts.Add(new PartETag(parts.Count + 1, part.ETag));
            }

            await _client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = _name, Key = _prefix + file.Name, UploadId = upload, PartETags = parts }, cancellationToken);
        }
        catch
        {
            // Parts of no object cost, too.
            await _client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = _name, Key = _prefix + file.Name, UploadId = upload }, CancellationToken.None);
            throw;
        }
    }

    private string KeyOf(ExportFile file) => _prefix + FileStore.NameOf(file);

    private async Task<T> AskAsync<T>(string what, Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or HttpRequestException or WebException or TimeoutException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new IOException($"the bucket {Address} did not {what}: {e.Message}", e);
        }
    }
}
