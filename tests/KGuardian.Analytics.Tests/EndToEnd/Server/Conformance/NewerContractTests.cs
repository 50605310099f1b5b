using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Conformance;

/// <summary>The broker of September 2026 as the default: Traffic:Contract = upstream-2026-09.</summary>
public sealed class NewerContractTests
{
    [Fact]
    public async Task Reads_are_bounded_and_pods_say_whether_they_have_their_nodes_addresses()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("KGUARDIAN_TRAFFIC__CONTRACT", "upstream-2026-09"));
        var api = server.Api;
        var flows = FlowEvent.Many("shop-0", 21_000);
        foreach (var batch in flows.Chunk(7000))
        {
            Assert.Equal(7000, await api.PostBatchAsync(batch));
        }

        foreach (var (query, rows) in new Dictionary<string, int>
        {
            [""] = 5000,
            ["?limit=20"] = 20,
            ["?limit=0"] = 1,
            ["?limit=-5"] = 1,
            ["?limit=20000"] = 20_000,
            ["?limit=9999999"] = 20_000,
        })
        {
            foreach (var path in new[] { "/pod/traffic", "/pod/traffic/shop-0" })
            {
                var shown = await api.GetRowsAsync(path + query);
                Assert.Equal((path + query, rows), (path + query, shown.Length));
                // The newest ones.
                Assert.Equal(flows[^1].Uuid, shown[0].Uuid);
            }
        }

        using (var refused = await api.GetAsync("/pod/traffic/shop-0?limit=abc"))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        Assert.Empty(JsonNode.Parse(await api.GetTextAsync("/pod/traffic/nobody"))!.AsArray());
        await PodsAsync(api);
    }

    private static async Task PodsAsync(ApiClient api)
    {
        var hidden = Pods.Detail("manifest-says");
        hidden["pod_obj"]!["spec"]!["hostNetwork"] = true;
        var said = Pods.Detail("agent-says");
        said["host_network"] = false;
        said["pod_obj"]!["spec"]!["hostNetwork"] = true;
        // A label of that name says nothing.
        var named = Pods.Detail("nobody-says");
        named["pod_obj"]!["metadata"]!["labels"]!["hostNetwork"] = "true";
        foreach (var pod in new[] { hidden, said, named })
        {
            using var answer = await api.PostAsync("/pod/spec", Pods.Utf8(pod));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var expected = new Dictionary<string, bool> { ["agent-says"] = false, ["manifest-says"] = true, ["nobody-says"] = false };
        foreach (var path in new[] { "/pod/info", "/pod/list/node-1" })
        {
            Assert.Equal(expected, JsonNode.Parse(await api.GetTextAsync(path))!.AsArray()
                .ToDictionary(pod => pod!["pod_name"]!.GetValue<string>(), pod => pod!["host_network"]!.GetValue<bool>()));
        }

        Assert.True(JsonNode.Parse(await api.GetTextAsync("/pod/name/manifest-says"))!["host_network"]!.GetValue<bool>());
        using var first = await api.GetAsync("/pod/info");
        using var again = await api.GetAsync("/pod/info", ("If-None-Match", first.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }
}
