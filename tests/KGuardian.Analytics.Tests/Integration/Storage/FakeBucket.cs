using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.Integration.Storage;

/// <summary>As much of an S3-compatible store as the engine's disks ask for: small objects, in memory; signatures are taken unread.</summary>
internal sealed partial class FakeBucket : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new();
    private readonly WebApplication _app;

    private FakeBucket(WebApplication app) => _app = app;

    /// <summary>Bucket and prefix.</summary>
    public Uri Url => new($"{_app.Urls.Single()}/bucket/kguardian/");

    public int Objects => _objects.Count;

    /// <summary>How the last request was signed.</summary>
    public string Authorization { get; private set; } = "";

    public static async Task<FakeBucket> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            // A busy machine sends slowly.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        var bucket = new FakeBucket(builder.Build());
        bucket._app.Run(bucket.AnswerAsync);
        await bucket._app.StartAsync();
        return bucket;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var key = request.Path.Value!;
        Authorization = request.Headers.Authorization.ToString();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        switch (request.Method)
        {
            case "PUT":
                _objects[key] = body.ToArray();
                response.Headers.ETag = "\"x\"";
                break;
            case "DELETE":
                _objects.TryRemove(key, out _);
                response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case "POST" when request.Query.ContainsKey("delete"):
                foreach (Match name in Key().Matches(Encoding.UTF8.GetString(body.ToArray())))
                {
                    _objects.TryRemove($"/bucket/{name.Groups[1].Value}", out _);
                }

                await response.WriteAsync("<?xml version=\"1.0\"?><DeleteResult></DeleteResult>");
                break;
            case "GET" when request.Query.ContainsKey("list-type"):
                await ListAsync(response, "/bucket/" + request.Query["prefix"]);
                break;
            case "GET" or "HEAD" when _objects.TryGetValue(key, out var data):
                await SendAsync(request, response, data);
                break;
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                await response.WriteAsync("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>no such object</Message></Error>");
                break;
        }
    }

    private Task ListAsync(HttpResponse response, string prefix)
    {
        var objects = _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair =>
            $"<Contents><Key>{pair.Key["/bucket/".Length..]}</Key><Size>{pair.Value.Length}</Size>"
            + "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>");
        return response.WriteAsync($"<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{string.Concat(objects)}</ListBucketResult>");
    }

    private static async Task SendAsync(HttpRequest request, HttpResponse response, byte[] data)
    {
        var (from, to) = (0, data.Length - 1);
        if (request.Method == "GET" && Range().Match(request.Headers.Range.ToString()) is { Success: true } range)
        {
            from = int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture);
            to = range.Groups[2].Length > 0 ? Math.Min(to, int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture)) : to;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{to}/{data.Length}";
        }

        response.Headers.ETag = "\"x\"";
        response.ContentLength = to - from + 1;
        if (request.Method == "GET")
        {
            await response.Body.WriteAsync(data.AsMemory(from, to - from + 1));
        }
    }

    [GeneratedRegex("<Key>(.*?)</Key>")]
    private static partial Regex Key();

    [GeneratedRegex(@"bytes=(\d+)-(\d*)")]
    private static partial Regex Range();
}
