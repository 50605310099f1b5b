using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Views;

/// <summary>Views of the console, kept by name.</summary>
public sealed class ViewsTests
{
    private const string Views = "/api/v1/views";
    private const string Hostile = "<b>&\"'; DROP TABLE console_views; -- /../%2F é";

    [Fact]
    public async Task Views_are_kept_replaced_and_deleted_by_who_administrates_and_seen_by_who_reads_on_all_servers()
    {
        await using var store = await RemoteStore.CreateAsync();
        using var directory = new TestDirectory();
        var readers = Path.Combine(directory.Path, "read");
        await File.WriteAllTextAsync(readers, "a-reader\n");
        (string, string)[] tokens = [("KGUARDIAN_AUTH__READTOKENFILE", readers), ("BROKER_AUTH_TOKEN", "the-boss")];
        await using var server = await store.StartServerAsync(tokens);
        var api = server.Api;

        // One that is new, by a name that means something to everything but this.
        using var created = await PutAsync(api, Hostile, "flows?from=-1h", ("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        var version = created.Headers.ETag!.Tag;
        using (var twice = await PutAsync(api, Hostile, "map", ("If-None-Match", "*")))
        {
            await Problem.AssertAsync(twice, HttpStatusCode.PreconditionFailed, "was changed by all-");
        }

        using var replaced = await PutAsync(api, Hostile, "map?level=pod", ("If-Match", version));
        var view = await ReadAsync(replaced);
        Assert.Equal("map?level=pod", view["address"]!.GetValue<string>());
        Assert.NotEqual(version, replaced.Headers.ETag!.Tag);
        Assert.NotEqual($"{view["created_on"]}", $"{view["changed_on"]}");
        using (var late = await PutAsync(api, Hostile, "flows", ("If-Match", version)))
        {
            Assert.Equal(HttpStatusCode.PreconditionFailed, late.StatusCode);
        }

        using (var late = await DeleteAsync(api, Hostile, ("If-Match", version)))
        {
            Assert.Equal(HttpStatusCode.PreconditionFailed, late.StatusCode);
        }

        // Without a condition the last one counts.
        using (var last = await PutAsync(api, Hostile, "events"))
        {
            Assert.Equal(HttpStatusCode.OK, last.StatusCode);
        }

        Assert.Equal([$"{Hostile} events"], await ListAsync(api, "a-reader"));
        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Delete })
        {
            using var refused = await api.SendAsync(method, $"{Views}?name=x", null, ("Authorization", "Bearer a-reader"));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        (string Body, string Named)[] wrong =
        [
            ("""{"name": "x"}""", "address"), ("""{"address": "flows"}""", "name"), ("""{"name": "x", "address": "//evil.example"}""", "address"),
            ("""{"name": "a\u202eb", "address": "flows"}""", "name"), ("""{"name": "\ud800", "address": "flows"}""", "name"),
            ("""{"name": 1, "address": "flows"}""", "name"), ("""{"name": "x", "address": "flows", "owner": "me"}""", "owner"),
            ($$"""{"name": "x", "address": "flows?{{new string('a', 5000)}}"}""", "address"), ("[]", "body"),
        ];
        foreach (var (body, named) in wrong)
        {
            using var answer = await SendAsync(api, HttpMethod.Put, Views, body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Equal(named, (await ReadAsync(answer))["parameter"]!.GetValue<string>());
        }

        using (var unread = await PutAsync(api, "x", "flows", ("If-Match", "W/\"1\"")))
        {
            await Problem.AssertAsync(unread, HttpStatusCode.BadRequest, "If-Match");
        }

        // Another server of the store has them, and what it changes is seen here.
        await using var other = await ServerProcess.StartAsync(directory.Path, [.. store.Settings, .. tokens, ("KGUARDIAN_ROLE", "query")]);
        Assert.Equal([$"{Hostile} events"], await ListAsync(other.Api, "a-reader"));
        using (var deleted = await DeleteAsync(other.Api, Hostile))
        {
            Assert.Equal("events", (await ReadAsync(deleted))["address"]!.GetValue<string>());
        }

        using (var again = await DeleteAsync(api, Hostile))
        {
            await Problem.AssertAsync(again, HttpStatusCode.NotFound, "There is no view");
        }

        Assert.Empty(await ListAsync(api, "a-reader"));
        var audit = await api.GetTextAsync("/api/events/audit", ("Authorization", "Bearer the-boss"));
        Assert.All(new[] { "view.create", "view.update" }, act => Assert.Contains(act, audit, StringComparison.Ordinal));

        // 199, one of which is deleted, and at the bound those that there are can still be changed.
        await store.SqlAsync("""
            INSERT INTO kguardian.console_views (name, version, document)
            SELECT concat('v', toString(number)), number, if(number = 7, '',
                '{"Address":"flows","CreatedOn":"2026-05-12T10:00:00Z","CreatedBy":"x","ChangedOn":"2026-05-12T10:00:00Z","ChangedBy":"x"}')
            FROM numbers(200)
            """);
        using (var lastOne = await PutAsync(api, "v7", "flows"))
        {
            Assert.Equal(HttpStatusCode.OK, lastOne.StatusCode);
        }

        using (var tooMany = await PutAsync(api, "one more", "flows"))
        {
            await Problem.AssertAsync(tooMany, HttpStatusCode.Conflict, "200 views");
        }

        using var changed = await PutAsync(api, "v8", "map");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(200, (await ListAsync(api, "a-reader")).Length);
    }

    private static Task<HttpResponseMessage> PutAsync(ApiClient api, string name, string address, params (string, string)[] headers) =>
        SendAsync(api, HttpMethod.Put, Views, new JsonObject { ["name"] = name, ["address"] = address }.ToJsonString(), headers);

    private static Task<HttpResponseMessage> DeleteAsync(ApiClient api, string name, params (string, string)[] headers) =>
        SendAsync(api, HttpMethod.Delete, $"{Views}?name={Uri.EscapeDataString(name)}", null, headers);

    private static Task<HttpResponseMessage> SendAsync(
        ApiClient api, HttpMethod method, string path, string? body, params (string, string)[] headers) =>
        api.SendAsync(
            method, path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), [("Authorization", "Bearer the-boss"), .. headers]);

    private static async Task<string[]> ListAsync(ApiClient api, string token) =>
    [
        .. JsonNode.Parse(await api.GetTextAsync(Views, ("Authorization", $"Bearer {token}")))!["views"]!.AsArray()
            .Select(view => $"{view!["name"]} {view["address"]}"),
    ];

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
}
