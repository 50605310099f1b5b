using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.EndToEnd.Server.Auth.Oidc;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>The console: how its files are served, and its pages in a browser.</summary>
public sealed class ConsoleTests
{
    private const string ForPeople = "text/html,application/xhtml+xml,*/*;q=0.8";

    [Fact]
    public async Task Browsers_get_the_console_and_others_what_they_had()
    {
        await using var store = await RemoteStore.CreateAsync();
        using var key = IssuerKey.Ec("one");
        await using var issuer = await TestIssuer.StartAsync(certificate: null, key);
        await using var server = await store.StartServerAsync(
            ("BROKER_AUTH_TOKEN", "the-boss"), ("KGUARDIAN_HTTP__TRUSTEDPROXIES", "127.0.0.1"), ("KGUARDIAN_AUTH__OIDCAUTHORITY", $"{issuer.Authority}"),
            ("KGUARDIAN_AUTH__OIDCAUDIENCE", TestIssuer.Audience), ("KGUARDIAN_AUTH__OIDCCLIENTID", "console"));

        using var root = await RawAsync(server, "GET", "/?from=-1h", ("Accept", ForPeople));
        Assert.Equal(HttpStatusCode.Found, root.StatusCode);
        // Relative: right under every prefix.
        Assert.Equal("console/?from=-1h", root.Headers.Location?.OriginalString);
        using var folder = await RawAsync(server, "GET", "/console", ("X-Forwarded-Prefix", "/kg"));
        Assert.Equal("console/", folder.Headers.Location?.OriginalString);
        (string, string, string)[] others =
            [("GET", "/", "*/*"), ("GET", "/", "application/json"), ("POST", "/", ForPeople), ("POST", "/console/", ForPeople)];
        foreach (var (method, path, accept) in others)
        {
            using var none = await RawAsync(server, method, path, ("Accept", accept), ("Authorization", "Bearer the-boss"));
            await Problem.AssertAsync(none, HttpStatusCode.NotFound, $"no route {path}");
        }

        // It holds no data: everybody may see it, and nobody anything else.
        foreach (var path in new[] { "/console/", "/console/flows?filter=x", "/console/index.html" })
        {
            using var page = await RawAsync(server, "GET", path);
            Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType?.ToString());
            Assert.Equal("no-cache", page.Headers.CacheControl?.ToString());
            var policy = page.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            // Pages may go to where a code is changed for a token, and nowhere else.
            Assert.EndsWith("; connect-src 'self' https://tokens.idp.test:8443", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        }

        var signIn = JsonNode.Parse(await server.Api.GetTextAsync("/console/sign-in.json"))!["oidc"]!;
        Assert.Equal(
            (TestIssuer.Name, TestIssuer.TokenEndpoint, "console", "openid"),
            ($"{signIn["issuer"]}", $"{signIn["token_endpoint"]}", $"{signIn["client_id"]}", $"{signIn["scope"]}"));
        using var asset = await RawAsync(server, "GET", "/console/assets/index-nothing.js", ("Authorization", "Bearer the-boss"));
        await Problem.AssertAsync(asset, HttpStatusCode.NotFound, "no route");
        using var data = await RawAsync(server, "GET", "/api/v1/flows", ("Accept", ForPeople));
        Assert.Equal(HttpStatusCode.Unauthorized, data.StatusCode);
    }

    [Fact]
    public async Task Files_are_the_same_in_every_coding_and_kept_as_long_as_they_stay_the_same()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();
        var index = await server.Api.GetTextAsync("/console/");
        Assert.Equal("""{"oidc":null}""", await server.Api.GetTextAsync("/console/sign-in.json"));
        using var page = await RawAsync(server, "GET", "/console/");
        Assert.EndsWith("; connect-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        // Addresses of files are relative, so that they are right under every prefix.
        var script = System.Text.RegularExpressions.Regex.Match(index, @"src=""\./(assets/[^""]+\.js)""").Groups[1].Value;
        Assert.NotEqual("", script);

        using var plain = await RawAsync(server, "GET", $"/console/{script}");
        using var gzip = await RawAsync(server, "GET", $"/console/{script}", ("Accept-Encoding", "gzip"));
        using var brotli = await RawAsync(server, "GET", $"/console/{script}", ("Accept-Encoding", "gzip, deflate, br"));
        Assert.Equal("br", brotli.Content.Headers.ContentEncoding.Single());
        Assert.Contains("immutable", plain.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
        var text = await plain.Content.ReadAsStringAsync();
        Assert.Equal(text, await ReadAsync(new GZipStream(await gzip.Content.ReadAsStreamAsync(), CompressionMode.Decompress)));
        Assert.Equal(text, await ReadAsync(new BrotliStream(await brotli.Content.ReadAsStreamAsync(), CompressionMode.Decompress)));
        Assert.Equal(3, new[] { plain, gzip, brotli }.Select(answer => answer.Headers.ETag?.Tag).Distinct().Count());

        using var known = await RawAsync(server, "GET", $"/console/{script}", ("Accept-Encoding", "br"), ("If-None-Match", brotli.Headers.ETag!.Tag));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        using var head = await RawAsync(server, "HEAD", $"/console/{script}", ("Accept-Encoding", "br"));
        Assert.Equal(brotli.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(0, await server.StopAsync());

        await using var without = await store.StartServerAsync(("KGUARDIAN_CONSOLE__ENABLED", "false"));
        foreach (var path in new[] { "/", "/console/" })
        {
            using var none = await RawAsync(without, "GET", path, ("Accept", ForPeople));
            await Problem.AssertAsync(none, HttpStatusCode.NotFound, $"no route {path}");
        }

        // The types that the pages are written with are those of the document.
        var types = await NpmTool.RunAsync("../../src/console/api.mjs", without.Api.Address.ToString(), "--check");
        Assert.Contains("is what the document says", types, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_do_what_they_are_for_in_a_browser()
    {
        Needs.Programs("chromium");
        await using var store = await RemoteStore.CreateAsync();
        using var directory = new TestDirectory();
        var tokens = Path.Combine(directory.Path, "read");
        await File.WriteAllTextAsync(tokens, "a-reader\n");
        // The walk starts the issuer.
        var issuer = FixedPort.Choose();
        await using var server = await store.StartServerAsync(
            ("KGUARDIAN_AUTH__READTOKENFILE", tokens), ("BROKER_AUTH_TOKEN", "the-boss"), ("KGUARDIAN_QUERY__QUEUETIME", "00:01:00"),
            ("KGUARDIAN_AUTH__OIDCAUTHORITY", $"http://127.0.0.1:{issuer}"), ("KGUARDIAN_AUTH__OIDCAUDIENCE", "urn:kguardian"),
            ("KGUARDIAN_AUTH__OIDCCLIENTID", "console"));

        var output = await NpmTool.RunAsync("console.js", server.Api.Address.ToString(), "a-reader", "the-boss", $"{issuer}");

        // The issuer that it starts writes notices before.
        Assert.Matches(@"(?m)^\d{3,} checks$", output);
    }

    [Fact]
    public async Task What_the_pages_reckon_with_is_right() =>
        Assert.Matches(
            @"Tests\s+\d+ passed",
            await NpmTool.RunAsync("../../src/console/node_modules/vitest/vitest.mjs", "run", "--root", "../../src/console", "--no-color"));

    private static async Task<HttpResponseMessage> RawAsync(ServerProcess server, string method, string path, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = server.Api.Address,
        };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request);
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
