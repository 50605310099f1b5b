using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Requests that come through proxies: whose word is believed, and what follows from it.</summary>
public sealed class ProxiedRequestTests
{
    [Theory]
    [InlineData(null, "203.0.113.9", "127.0.0.1")]
    [InlineData("10.0.0.0/8", "203.0.113.9", "127.0.0.1")]
    [InlineData("127.0.0.1", "203.0.113.9", "203.0.113.9")]
    [InlineData("127.0.0.0/8", "203.0.113.9:4711", "203.0.113.9")]
    [InlineData("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7")]
    // From the nearest on for as long as they are trusted: what a client wrote itself stands before.
    [InlineData("127.0.0.1, 10.0.0.0/8", "6.6.6.6, 203.0.113.9, 10.1.2.3", "203.0.113.9")]
    [InlineData("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.2.3", "10.1.2.3")]
    [InlineData("127.0.0.1", "nonsense", "127.0.0.1")]
    public async Task Client_is_who_trusted_proxies_say_it_is(string? trusted, string forwarded, string address)
    {
        await using var app = await StartAsync(trusted, null);

        Assert.Equal(address, (await AskAsync(app, "/", ("X-Forwarded-For", forwarded))).Split(' ')[0]);
    }

    [Theory]
    [InlineData("127.0.0.1", null, "/flows", "https analytics.example /kg /flows")]
    [InlineData("127.0.0.1", "/other", "/flows", "https analytics.example /kg /flows")]
    [InlineData("10.0.0.1", null, "/flows", "http 127.0.0.1  /flows")]
    [InlineData(null, null, "/flows", "http 127.0.0.1  /flows")]
    [InlineData(null, "/kguardian", "/flows", "http 127.0.0.1 /kguardian /flows")]
    [InlineData(null, "/kguardian", "/kguardian/flows", "http 127.0.0.1 /kguardian /flows")]
    [InlineData(null, "/kguardian", "/kguardian", "http 127.0.0.1 /kguardian /")]
    [InlineData(null, "/kguardian", "/kguardians", "http 127.0.0.1 /kguardian /kguardians")]
    public async Task Scheme_host_and_prefix_are_the_proxys_or_the_settings(string? trusted, string? pathBase, string path, string seen)
    {
        await using var app = await StartAsync(trusted, pathBase);

        var answer = await AskAsync(
            app, path,
            ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "analytics.example"), ("X-Forwarded-Prefix", "/kg"));

        Assert.Equal(seen, answer[(answer.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
    }

    [Fact]
    public async Task Audit_log_limits_and_document_go_by_what_a_trusted_proxy_says()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var open = await store.StartServerAsync(
            ("KGUARDIAN_HTTP__TRUSTEDPROXIES", "127.0.0.1"), ("KGUARDIAN_HTTP__PATHBASE", "/kguardian"),
            ("KGUARDIAN_QUERY__MAXCONCURRENTPERCLIENT", "1"), ("KGUARDIAN_QUERY__QUEUETIME", "00:00:00"));
        await store.SqlAsync(ManyFlows.Insert);
        (string, string) one = ("X-Forwarded-For", "203.0.113.1"), two = ("X-Forwarded-For", "203.0.113.2");
        using (var export = await ApiClient.PatientlyAsync(() =>
            open.Api.SendAsync(HttpMethod.Get, "/pod/traffic", null, HttpCompletionOption.ResponseHeadersRead, one)))
        {
            Assert.Equal(HttpStatusCode.OK, export.StatusCode);
            using var refused = await open.Api.GetAsync("/api/v1/flows?limit=1", one);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            await open.Api.GetTextAsync("/api/v1/flows?limit=1", two);
        }

        Assert.Equal("/kguardian", ServerOf(await open.Api.GetTextAsync("/openapi/v1.json")));
        Assert.Equal("/kg", ServerOf(await open.Api.GetTextAsync("/openapi/v1.json", ("X-Forwarded-Prefix", "/kg"))));
        Assert.Equal("Healthy!", await open.Api.GetTextAsync("/kguardian/health"));
        Assert.Equal("Healthy!", await open.Api.GetTextAsync("/health"));
        Assert.Equal(0, await open.StopAsync());

        await using var guarded = await store.StartServerAsync(("KGUARDIAN_HTTP__TRUSTEDPROXIES", "127.0.0.1"), ("BROKER_AUTH_TOKEN", "the-boss"));
        using var guessed = await guarded.Api.GetAsync("/pod/traffic", one, ("Authorization", "Bearer guessed"));
        Assert.Equal(HttpStatusCode.Unauthorized, guessed.StatusCode);
        var acts = JsonDocument.Parse(await guarded.Api.GetTextAsync("/api/events/audit", ("Authorization", "Bearer the-boss"))).RootElement.EnumerateArray();
        Assert.Equal(
            "203.0.113.1",
            acts.Single(act => act.GetProperty("activity_code").GetString() == "token.refuse")
                .GetProperty("meta").GetProperty("remote_address").GetString());
        Assert.Equal("/", ServerOf(await guarded.Api.GetTextAsync("/openapi/v1.json")));
    }

    [Fact]
    public async Task Page_reads_the_document_beside_it_and_shows_calls_that_reach_the_server()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();

        foreach (var (seenAt, root) in new[] { ("/openapi", ""), ("/openapi/", ""), ("/kg/openapi", "/kg"), ("/a/kg/openapi/", "/a/kg") })
        {
            var output = await NpmTool.RunAsync("page.js", server.Api.Address.ToString(), seenAt);

            Assert.Contains($"read {root}/openapi/v1.json\n", output, StringComparison.Ordinal);
            Assert.Contains($"'https://analytics.example{root}/api/v1/flows'", output, StringComparison.Ordinal);
        }
    }

    private static string? ServerOf(string document) =>
        Assert.Single(JsonDocument.Parse(document).RootElement.GetProperty("servers").EnumerateArray()).GetProperty("url").GetString();

    /// <summary>What is behind the middleware, and says what it sees.</summary>
    private static async Task<WebApplication> StartAsync(string? trusted, string? pathBase)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseProxies(new HttpSettings { TrustedProxies = trusted is null ? [] : HttpSettings.ParseNetworks(trusted)!, PathBase = pathBase });
        app.Run(context => context.Response.WriteAsync(
            $"{context.Connection.RemoteIpAddress} {context.Request.Scheme} {context.Request.Host.Host} {context.Request.PathBase} {context.Request.Path}"));
        await app.StartAsync();
        return app;
    }

    private static async Task<string> AskAsync(WebApplication app, string path, params (string, string)[] headers)
    {
        using var api = new ApiClient(new Uri(app.Urls.Single()));
        return await api.GetTextAsync(path, headers);
    }
}
