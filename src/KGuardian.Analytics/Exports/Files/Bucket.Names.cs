using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace KGuardian.Analytics.Exports.Files;

/// <summary>The part for files that are known by their names alone.</summary>
internal sealed partial class Bucket
{
    /// <summary>Names that begin so, in their order, without the prefix.</summary>
    /// <exception cref="IOException">The bucket is away, or does not say.</exception>
    public Task<IReadOnlyList<string>> ListAsync(string begin, CancellationToken cancellationToken) => AskAsync("list its files", async () =>
    {
        var names = new List<string>();
        var request = new ListObjectsV2Request { BucketName = _name, Prefix = _prefix + begin };
        do
        {
            var page = await _client.ListObjectsV2Async(request, cancellationToken);
            names.AddRange((page.S3Objects ?? []).Select(found => found.Key[_prefix.Length..]));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
        return (IReadOnlyList<string>)names;
    }, cancellationToken);

    /// <summary>Copies a file; false when there is none of the name.</summary>
    /// <exception cref="IOException">The bucket is away, or the answer broke off.</exception>
    public Task<bool> DownloadAsync(string name, Stream to, CancellationToken cancellationToken) => AskAsync("give a file", async () =>
    {
        try
        {
            using var answer = await _client.GetObjectAsync(_name, _prefix + name, cancellationToken);
            await answer.ResponseStream.CopyToAsync(to, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }, cancellationToken);

    /// <summary>Deletes a file; one that is not there is deleted.</summary>
    /// <exception cref="IOException">The bucket is away, or refuses it.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        AskAsync("delete a file", () => _client.DeleteObjectAsync(_name, _prefix + name, cancellationToken), cancellationToken);
}

/// <summary>A file in a bucket.</summary>
/// <param name="Name">What it is called, behind the bucket's prefix.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of it: 64 hexadecimal digits.</param>
internal sealed record BucketObject(string Name, long Bytes, string Sha256);
