using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.Testing.Peers;

/// <summary>A broker on loopback that a cluster moves over from: it keeps what it gets, and answers as a test says.</summary>
internal sealed class OldBroker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Body, string? Token)> _posts = new();

    private OldBroker(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    /// <summary>What it was posted, in the order of arrival.</summary>
    public IReadOnlyCollection<(string Path, string Body, string? Token)> Posts => _posts;

    /// <summary>How it answers posts. Default: as one that knows nothing yet.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsync(context.Request.Path == "/pod/traffic/batch" ? "1" : "null");

    /// <summary>What it shows of a pod's flows.</summary>
    public string Flows { get; set; } = "[{},{}]";

    public static async Task<OldBroker> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var broker = new OldBroker(builder.Build());
        broker._app.MapPost("/{**path}", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            broker._posts.Enqueue((context.Request.Path, body, context.Request.Headers.Authorization));
            await broker.Answer(context);
        });
        broker._app.MapGet("/health", () => "Healthy!");
        broker._app.MapGet("/pod/traffic/{name}", (HttpContext context) => context.Response.WriteAsync(broker.Flows));
        await broker._app.StartAsync();
        return broker;
    }

    public async ValueTask DisposeAsync()
    {
        // Posts that are held open end with their clients; no more than a moment for them.
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
