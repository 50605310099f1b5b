using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.Testing.Peers;

/// <summary>An evaluator of audit policies on loopback, which answers as a test says.</summary>
internal sealed class TestEvaluator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<JsonObject> _asked = new();

    private TestEvaluator(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    /// <summary>What it was asked, in the order of arrival.</summary>
    public IReadOnlyCollection<JsonObject> Asked => _asked;

    /// <summary>How it answers. Default: one policy would deny.</summary>
    public Func<HttpContext, JsonObject, Task> Answer { get; set; } = (context, _) => context.Response.WriteAsync(Results(Result()));

    public static async Task<TestEvaluator> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var evaluator = new TestEvaluator(builder.Build());
        evaluator._app.MapPost("/evaluate", async (HttpContext context) =>
        {
            var flow = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
            evaluator._asked.Enqueue(flow);
            await evaluator.Answer(context, flow);
        });
        await evaluator._app.StartAsync();
        return evaluator;
    }

    /// <summary>An answer of some results.</summary>
    public static string Results(params IEnumerable<JsonObject> results) =>
        new JsonObject { ["results"] = new JsonArray([.. results]) }.ToJsonString();

    /// <summary>A result as the evaluator writes it.</summary>
    public static JsonObject Result(string verdict = "WouldDeny", string policy = "default-deny", string? policyNamespace = "shop") => new()
    {
        ["policyNamespace"] = policyNamespace,
        ["policyName"] = policy,
        ["policyUID"] = "8b8c1c8e-0000-4000-8000-000000000001",
        ["direction"] = "Ingress",
        ["verdict"] = verdict,
        ["reason"] = verdict == "Allow" ? null : "no rule of the policy allows it",
    };

    public async ValueTask DisposeAsync()
    {
        // Questions that are held open end with their clients; no more than a moment for them.
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
