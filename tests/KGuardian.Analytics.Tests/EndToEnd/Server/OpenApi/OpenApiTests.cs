using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.OpenApi;

/// <summary>The OpenAPI document, and that the server does what it says. The scripts need a server of their own: they clear it, too.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task Every_operation_answers_its_examples_as_documented()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();

        // A route without documentation would make the document itself an error.
        var output = await NpmTool.RunAsync("document.js", server.Api.Address.ToString());

        Assert.Matches(@"^\d{3,} checks", output);
    }

    [Fact]
    public async Task Every_parameter_refuses_what_it_cannot_take_and_names_itself()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();
        await server.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 10));

        var output = await NpmTool.RunAsync("sweep.js", server.Api.Address.ToString());

        Assert.Matches(@"^\d{4,} checks", output);
        Assert.DoesNotContain("fail:", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Document_and_page_are_open_to_everybody()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("BROKER_AUTH_TOKEN", "secret"));

        using var document = await server.Api.GetAsync("/openapi/v1.json");
        using var page = await server.Api.GetAsync("/openapi");
        using var data = await server.Api.GetAsync("/api/v1/flows");

        Assert.Equal(HttpStatusCode.Unauthorized, data.StatusCode);
        Assert.Equal("application/json", document.Content.Headers.ContentType?.ToString());
        var api = JsonDocument.Parse(await document.Content.ReadAsStringAsync()).RootElement;
        var flows = api.GetProperty("paths").GetProperty("/api/v1/flows").GetProperty("get");
        Assert.Equal("""[{"bearer":[]}]""", flows.GetProperty("security").GetRawText());
        Assert.True(flows.GetProperty("responses").TryGetProperty("429", out _));
        Assert.Equal("[]", api.GetProperty("paths").GetProperty("/openapi/v1.json").GetProperty("get").GetProperty("security").GetRawText());
        Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType?.ToString());
        // Readable without any other server.
        Assert.DoesNotContain("http", (await page.Content.ReadAsStringAsync()).Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_routes_are_those_that_are_mapped()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();
        var paths = JsonDocument.Parse(await server.Api.GetTextAsync("/openapi/v1.json")).RootElement.GetProperty("paths");

        Assert.True(paths.EnumerateObject().Count() > 15, "the document has hardly a path");
        foreach (var path in paths.EnumerateObject())
        {
            // Nothing takes LINK: routing answers, with what it has mapped there.
            using var answer = await server.Api.SendAsync(
                HttpMethod.Parse("LINK"), path.Name.Replace("{name}", "name", StringComparison.Ordinal), content: null);

            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
            var documented = path.Value.EnumerateObject().Select(operation => operation.Name.ToUpperInvariant()).ToList();
            // HEAD is wherever GET is, OPTIONS everywhere.
            Assert.Subset(
                answer.Content.Headers.Allow.ToHashSet(),
                documented.Append("OPTIONS").Concat(documented.Contains("GET") ? ["HEAD"] : []).ToHashSet());
        }
    }
}
