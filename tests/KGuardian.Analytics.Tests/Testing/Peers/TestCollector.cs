using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.Testing.Peers;

/// <summary>A collector of events over HTTP, on loopback, which answers as a test says. Default: 200 with an empty object.</summary>
internal sealed class TestCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<CollectedPost> _posts = new();

    private TestCollector(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    /// <summary>What came, in the order of arrival, whatever was answered.</summary>
    public IReadOnlyCollection<CollectedPost> Posts => _posts;

    /// <summary>How it answers; gets what came, and how many came before.</summary>
    public Func<CollectedPost, int, (int Status, string Body)> Answer { get; set; } = (_, _) => (200, "{}");

    public static async Task<TestCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var collector = new TestCollector(builder.Build());
        collector._app.Run(collector.TakeAsync);
        await collector._app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        var isPacked = context.Request.Headers.ContentEncoding == "gzip";
        using var reader = new StreamReader(isPacked ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body);
        var post = new CollectedPost(
            $"{context.Request.Path}{context.Request.QueryString}", await reader.ReadToEndAsync(),
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), isPacked);
        var before = _posts.Count;
        _posts.Enqueue(post);
        var (status, body) = Answer(post, before);
        context.Response.StatusCode = status;
        if (status is >= 300 and < 400)
        {
            context.Response.Headers.Location = body;
            return;
        }

        await context.Response.WriteAsync(body);
    }
}

/// <summary>A post that a collector got.</summary>
internal sealed record CollectedPost(string Path, string Body, IReadOnlyDictionary<string, string> Headers, bool IsPacked);
