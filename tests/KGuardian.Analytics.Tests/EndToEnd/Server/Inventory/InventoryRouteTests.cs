using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Inventory;

/// <summary>The broker's routes of pods, services and system calls, each with the shapes and statuses that its clients rely on.</summary>
public sealed class InventoryRouteTests : IAsyncLifetime
{
    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    private ApiClient Api => _server.Api;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Pods_are_found_by_name_address_and_node_alive_before_dead_then_the_newest()
    {
        // As a controller reports them: one address that had three owners, one name in two namespaces.
        await PostAsync("/pod/spec", Pods.Detail("a", "x", "10.0.0.1", "node-1", time: Pods.Time(1)));
        await PostAsync("/pod/spec", Pods.Detail("b", "x", "10.0.0.1", "node-1", isDead: true, time: Pods.Time(9)));
        await PostAsync("/pod/spec", Pods.Detail("c", "x", "10.0.0.1", "node-2", time: Pods.Time(2)));
        await PostAsync("/pod/spec", Pods.Detail("a", "w", "10.0.0.2", "node-1", time: Pods.Time(0)));

        Assert.Equal("c", await NameAsync("/pod/ip/10.0.0.1"));
        Assert.Equal("x", (await GetAsync("/pod/name/a"))["pod_namespace"]!.GetValue<string>());
        Assert.Equal(["w/a", "x/a", "x/b", "x/c"], await KeysAsync("/pod/info"));
        Assert.Equal(["w/a", "x/a"], await KeysAsync("/pod/list/node-1"));
        Assert.Empty(await KeysAsync("/pod/list/node-9"));

        Assert.Equal("1", await PostAsync("/pod/mark_dead", new JsonObject { ["pod_name"] = "c", ["pod_ip"] = "10.0.0.1" }));
        Assert.Equal("0", await PostAsync("/pod/mark_dead", new JsonObject { ["pod_name"] = "a", ["pod_ip"] = "10.0.0.9" }));
        Assert.Equal("0", await PostAsync("/pod/mark_dead", new JsonObject { ["pod_name"] = " " }));
        Assert.Equal("a", await NameAsync("/pod/ip/10.0.0.1"));
        Assert.Equal("2", await PostAsync("/pod/mark_dead", new JsonObject { ["pod_name"] = " a ", ["pod_ip"] = null }));
        // All dead: the newest.
        Assert.Equal("b", await NameAsync("/pod/ip/10.0.0.1"));
        Assert.Empty(await KeysAsync("/pod/list/node-1"));
        Assert.Equal(4, (await KeysAsync("/pod/info")).Length);
        Assert.True((await GetAsync("/pod/name/a"))["is_dead"]!.GetValue<bool>());

        // The name comes again.
        await PostAsync("/pod/spec", Pods.Detail("a", "w", "10.0.0.3", "node-1", time: Pods.Time(20)));
        Assert.Equal("w/a", (await KeysAsync("/pod/list/node-1")).Single());
    }

    [Fact]
    public async Task Pod_is_answered_as_it_was_posted_without_what_nobody_reads()
    {
        var detail = Pods.Detail();
        detail["pod_obj"]!["spec"]!["hostNetwork"] = false;
        detail["peer_kind"] = "a member of newer agents";

        var answer = await PostAsync("/pod/spec", detail);

        detail.Remove("peer_kind");
        AssertSame(Pods.Shown(detail), answer);
        AssertSame(Pods.Shown(detail), await Api.GetTextAsync("/pod/name/shop-0"));
        AssertSame(Pods.Shown(detail), await Api.GetTextAsync("/pod/ip/10.244.1.5"));
        AssertSame(new JsonArray(Pods.Shown(detail)), await Api.GetTextAsync("/pod/info"));
        AssertSame(new JsonArray(Pods.Shown(detail)), await Api.GetTextAsync("/pod/list/node-1"));
        // What may be null is null, and there.
        var least = new JsonObject
        {
            ["pod_name"] = "least",
            ["pod_ip"] = "",
            ["node_name"] = "",
            ["is_dead"] = false,
            ["time_stamp"] = "2026-05-12T12:32:14+02:00",
        };
        AssertSame(
            JsonNode.Parse("""
                {"pod_name": "least", "pod_ip": "", "pod_namespace": null, "pod_obj": null, "time_stamp": "2026-05-12T10:32:14.000000", "node_name": "", "is_dead": false,
                 "pod_identity": null, "workload_selector_labels": null}
                """)!,
            await PostAsync("/pod/spec", least));
        least["host_network"] = true;
        Assert.True(JsonNode.Parse(await PostAsync("/pod/spec", least))!["host_network"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Pod_without_a_name_and_service_without_an_address_are_ignored()
    {
        await PostAsync("/pod/spec", Pods.Detail(name: ""));
        await PostAsync("/svc/spec", Pods.Service(ip: ""));
        await PostAsync("/svc/spec", Pods.Service(ip: "None"));

        Assert.Equal("[]", await Api.GetTextAsync("/pod/info"));
        Assert.Equal("[]", await Api.GetTextAsync("/svc/info"));
        Assert.Equal(2, await Api.GetMetricAsync("kguardian_inventory_posts_total{kind=\"service\",result=\"ignored\"}"));
        foreach (var path in new[] { "/pod/name/none", "/pod/ip/10.0.0.9", "/svc/ip/10.0.0.9" })
        {
            using var answer = await Api.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, "text/plain", "No data found"),
                (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync()));
        }
    }

    [Fact]
    public async Task Services_are_known_by_their_address_and_listed_by_namespace_name_and_address()
    {
        foreach (var (ip, name, space) in new[] { ("10.96.0.3", "b", "x"), ("10.96.0.1", "b", "x"), ("10.96.0.2", "a", "y"), ("10.96.0.4", "a", "w") })
        {
            await PostAsync("/svc/spec", Pods.Service(ip, name, space));
        }

        var moved = Pods.Service("10.96.0.4", "z", "x", "2026-05-12T10:32:15");
        var answer = JsonNode.Parse(await PostAsync("/svc/spec", moved))!;

        Assert.Equal(["10.96.0.1", "10.96.0.3", "10.96.0.4", "10.96.0.2"],
            JsonNode.Parse(await Api.GetTextAsync("/svc/info"))!.AsArray().Select(service => service!["svc_ip"]!.GetValue<string>()));
        AssertSame(answer, await Api.GetTextAsync("/svc/ip/10.96.0.4"));
        AssertSame(
            JsonNode.Parse("""
                {"svc_ip": "10.96.0.4", "svc_name": "z", "svc_namespace": "x", "time_stamp": "2026-05-12T10:32:15.000000",
                 "service_spec": {"metadata": {"name": "z"}, "spec": {"selector": {"app": "shop"}, "ports": [{"port": 80}]}}}
                """)!,
            answer.ToJsonString());
    }

    [Fact]
    public async Task System_calls_are_united_and_answered_as_one_text()
    {
        JsonObject Entry(string name, string arch, params string[] calls) => new()
        {
            ["pod_name"] = name,
            ["pod_namespace"] = "shop",
            ["arch"] = arch,
            ["time_stamp"] = "2026-05-12T10:32:14.5",
            ["syscalls"] = new JsonArray([.. calls.Select(call => JsonValue.Create(call))]),
        };
        var entries = new JsonArray(Entry("a", "x86_64", "write", "read"), Entry(" ", "x86_64", "open"), Entry("b", "aarch64"));
        Assert.Equal("null", await PostAsync("/pod/syscalls", entries));
        Assert.Equal("null", await PostAsync("/pod/syscalls", new JsonArray(Entry("a", "x86_64", "open", "read"))));
        Assert.Equal("null", await PostAsync("/pod/syscalls", new JsonArray()));
        using (var partly = await Api.PostAsync("/pod/syscalls", Pods.Utf8(new JsonArray(7, Entry("c", "x86_64", "read")))))
        {
            Assert.Equal("1", partly.Headers.GetValues("X-Rejected-Rows").Single());
        }

        AssertSame(
            JsonNode.Parse("""
                [{"pod_name": "a", "pod_namespace": "shop", "syscalls": "open,read,write", "arch": "x86_64", "time_stamp": "2026-05-12T10:32:14.500000"}]
                """)!,
            await Api.GetTextAsync("/pod/syscalls/a"));
        Assert.Equal("", JsonNode.Parse(await Api.GetTextAsync("/pod/syscalls/b"))![0]!["syscalls"]!.GetValue<string>());
        Assert.Equal("read", JsonNode.Parse(await Api.GetTextAsync("/pod/syscalls/c"))![0]!["syscalls"]!.GetValue<string>());
        Assert.Equal("[]", await Api.GetTextAsync("/pod/syscalls/none"));
    }

    [Theory]
    [InlineData("/pod/spec", "{}", "pod_name")]
    [InlineData("/pod/spec", "[]", "body")]
    [InlineData("/pod/spec", "", "body")]
    [InlineData("/pod/mark_dead", "{\"pod_ip\": \"10.0.0.1\"}", "pod_name")]
    [InlineData("/pod/mark_dead", "{\"pod_name\": 7}", "pod_name")]
    [InlineData("/svc/spec", "{\"svc_ip\": \"10.0.0.1\"}", "time_stamp")]
    [InlineData("/pod/syscalls", "{}", "body")]
    [InlineData("/pod/syscalls", "[{\"pod_name\": \"a\"}]", "pod_namespace")]
    public async Task Body_that_is_wrong_is_400_and_names_the_member(string path, string body, string member)
    {
        using var answer = await Api.PostAsync(path, body);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((HttpStatusCode.BadRequest, member), (answer.StatusCode, problem["member"]!.GetValue<string>()));
        using var text = await Api.PostAsync(path, Encoding.UTF8.GetBytes(body), type: "text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
        using var packed = await Api.PostAsync(path, "not packed"u8.ToArray(), encoding: "gzip");
        Assert.Equal(HttpStatusCode.BadRequest, packed.StatusCode);
    }

    [Fact]
    public async Task Manifest_of_10_MB_is_taken_and_the_limit_of_bodies_holds()
    {
        var detail = Pods.Detail();
        detail["pod_obj"]!["status"] = new string('s', 10 << 20);
        AssertSame(Pods.Shown(detail), await PostAsync("/pod/spec", detail));

        using var answer = await Api.PostAsync("/pod/spec", new byte[65 << 20]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(0, await Api.GetMetricAsync("kguardian_ingest_buffered_bytes"));
    }

    [Fact]
    public async Task Answer_of_all_pods_has_an_ETag_that_changes_with_them_and_only_then()
    {
        for (var i = 0; i < 300; i++)
        {
            await PostAsync("/pod/spec", Pods.Detail($"pod-{i:000}", ip: $"10.0.0.{i}"));
        }

        using var first = await Api.GetAsync("/pod/info");
        var tag = first.Headers.ETag!.ToString();
        Assert.Equal(300, JsonNode.Parse(await first.Content.ReadAsStringAsync())!.AsArray().Count);
        // The same of a later time; of an earlier one it would be news, from when on it is so.
        await PostAsync("/pod/spec", Pods.Detail("pod-000", ip: "10.0.0.0", time: Pods.Time(5000)));
        using (var same = await Api.GetAsync("/pod/info", ("If-None-Match", $"\"other\", {tag}")))
        {
            Assert.Equal((HttpStatusCode.NotModified, tag), (same.StatusCode, same.Headers.ETag?.ToString()));
            Assert.Empty(await same.Content.ReadAsByteArrayAsync());
        }

        await PostAsync("/pod/mark_dead", new JsonObject { ["pod_name"] = "pod-007" });
        using var changed = await Api.GetAsync("/pod/info", ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag!.ToString());

        // The same after a restart.
        var now = changed.Headers.ETag!.ToString();
        await _server.DisposeAsync();
        _server = await _store.StartServerAsync();
        using var next = await Api.GetAsync("/pod/info", ("If-None-Match", now));
        Assert.Equal(HttpStatusCode.NotModified, next.StatusCode);
    }

    private static void AssertSame(JsonNode expected, string answer) => Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(answer)), answer);

    private async Task<string> PostAsync(string path, JsonNode body)
    {
        using var answer = await ApiClient.PatientlyAsync(() => Api.PostAsync(path, Pods.Utf8(body)));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        return text;
    }

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Api.GetTextAsync(path))!;

    private async Task<string> NameAsync(string path) => (await GetAsync(path))["pod_name"]!.GetValue<string>();

    private async Task<string[]> KeysAsync(string path) =>
        [.. (await GetAsync(path)).AsArray().Select(pod => $"{pod!["pod_namespace"]}/{pod["pod_name"]}")];
}
