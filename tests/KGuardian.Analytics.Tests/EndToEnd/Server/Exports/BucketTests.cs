using System.Net;
using System.Security.Cryptography;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Exports;

/// <summary>Files of exports in a bucket of an S3-compatible store.</summary>
public sealed class BucketTests : IAsyncLifetime
{
    private readonly S3Server _store = new();
    private readonly TestDirectory _directory = new();
    private readonly HttpClient _http = new();

    public async ValueTask InitializeAsync() => await _store.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
        _http.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5_000)]
    [InlineData(16 << 20)]
    // Three parts, the last one of a byte.
    [InlineData((32 << 20) + 1)]
    public async Task File_is_stored_whole_and_got_by_whoever_has_its_address(int bytes)
    {
        using var bucket = Open();
        var (path, file) = NewFile(bytes);

        await bucket.UploadAsync(path, file, CancellationToken.None);

        Assert.True(await bucket.HasAsync(file, CancellationToken.None));
        using var answer = await _http.GetAsync(await bucket.SignAsync(file, new Download("flows-1.csv", "text/csv")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(await answer.Content.ReadAsByteArrayAsync())));
        Assert.Equal(
            ("text/csv", "attachment; filename=flows-1.csv"),
            (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.ToString().Replace("\"", "", StringComparison.Ordinal)));
        using var head = await _http.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, await bucket.SignAsync(file, new Download("flows-1.csv", "text/csv", IsHead: true))));
        Assert.Equal((HttpStatusCode.OK, bytes), (head.StatusCode, head.Content.Headers.ContentLength));
        await bucket.DeleteAsync(file, CancellationToken.None);
        Assert.False(await bucket.HasAsync(file, CancellationToken.None));
        await bucket.DeleteAsync(file, CancellationToken.None);
    }

    [Fact]
    public async Task Who_has_no_key_of_the_bucket_gets_and_stores_nothing()
    {
        using var bucket = Open("nobody");
        var (path, file) = NewFile(10);
        using (var right = Open())
        {
            await right.UploadAsync(path, file, CancellationToken.None);
        }

        using var answer = await _http.GetAsync(await bucket.SignAsync(file, new Download("a.csv", "text/csv")));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var refused = await Assert.ThrowsAsync<IOException>(() => bucket.UploadAsync(path, file, CancellationToken.None));
        Assert.Contains($"the bucket {_store.Address} did not take a file: ", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => bucket.HasAsync(file, CancellationToken.None));
    }

    [Fact]
    public async Task Bucket_that_is_away_or_not_there_is_said()
    {
        var (path, file) = NewFile(10);
        using (var other = Open(new Uri(_store.Address, "/other/"), S3Server.Key))
        {
            await Assert.ThrowsAsync<IOException>(() => other.UploadAsync(path, file, CancellationToken.None));
        }

        await _store.KillAsync();
        using var bucket = Open();
        Task[] asked =
        [
            bucket.UploadAsync(path, file, CancellationToken.None), bucket.HasAsync(file, CancellationToken.None),
            bucket.DeleteAsync(file, CancellationToken.None),
        ];
        foreach (var asking in asked)
        {
            Assert.Contains($"{_store.Address}", (await Assert.ThrowsAsync<IOException>(() => asking)).Message, StringComparison.Ordinal);
        }
    }

    private Bucket Open(string accessKey = S3Server.Key) =>
        Open(_store.Address, accessKey);

    private static Bucket Open(Uri address, string accessKey) =>
        new(new BucketOptions(address, BucketOptions.UsualRegion) { AccessKey = accessKey, SecretKey = S3Server.Key });

    private (string Path, ExportFile File) NewFile(int bytes)
    {
        var content = RandomNumberGenerator.GetBytes(bytes);
        var path = Path.Combine(_directory.Path, "file.draft");
        File.WriteAllBytes(path, content);
        return (path, new ExportFile
        {
            FileId = ExportId.NewFile(),
            ScheduleId = "schedule",
            ReportType = "flows",
            Format = RowFormat.Csv,
            Bytes = bytes,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
        });
    }
}
