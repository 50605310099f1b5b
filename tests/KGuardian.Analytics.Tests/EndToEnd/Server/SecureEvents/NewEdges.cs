using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents;

/// <summary>New edges as clients of a server see them, whatever its store is.</summary>
public abstract class NewEdges
{
    private ServerProcess? _server;

    /// <summary>Starts a server on the test's store, which ends it.</summary>
    private protected abstract Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings);

    [Fact]
    public async Task New_edge_is_one_event_and_none_for_repeats_known_ones_and_kills()
    {
        await RestartAsync();
        // Who reports from an address has it.
        await PostAsync(Web, Flow(0, 80));
        var edges = 2;
        await SeenAsync(edges);
        for (var round = 0; round < 2; round++)
        {
            var flow = Flow(1 + (10 * round), 8000 + round);
            await PostAsync(flow, flow, Flow(2 + (10 * round), 8000 + round), Flow(3 + (10 * round), 80));
            edges++;
            if (round % 2 == 0)
            {
                await SeenAsync(edges);
            }

            // Wherever its step is.
            await _server!.KillAsync();
            await RestartAsync();
        }

        await SeenAsync(edges);
        await PostAsync(Flow(99, 8000), Flow(98, 8001));
        await PostAsync(Drop(100));
        await Patience.UntilAsync(async () => (await EventsAsync("flow-dropped")).Length == 1);
        var events = await EventsAsync("edge-new");
        Assert.Equal(edges, events.Length);
        Assert.Equal(edges, events.Select(found => found["id"]!.GetValue<string>()).Distinct().Count());
        var newest = events.Single(found => found["content"]!["fields"]!["fd.sport"]!.GetValue<string>() == "8001");
        Assert.Equal((6, "New connection within the cluster", "runtime"), (
            newest["severity"]!.GetValue<int>(), newest["name"]!.GetValue<string>(), newest["category"]!.GetValue<string>()));
        Assert.Equal("Pod shop/web-0 -> Pod shop/db-0, port 8001, TCP", newest["content"]!["fields"]!["reason"]!.GetValue<string>());
    }

    private async Task RestartAsync() => _server = await StartAsync(("KGUARDIAN_EVENTS__LEARNFOR", "0:00:00"));

    private Task SeenAsync(int edges) => Patience.UntilAsync($"{edges} edges", async () => (await EventsAsync("edge-new")).Length == edges);

    private async Task<JsonNode[]> EventsAsync(string rule)
    {
        var filter = Uri.EscapeDataString($"ruleName = \"{rule}\"");
        var answer = await _server!.Api.GetTextAsync(
            $"/api/v1/secureEvents?from=1778500000000000000&to=1778700000000000000&limit=999&filter={filter}");
        return [.. JsonNode.Parse(answer)!["data"]!.AsArray().Select(found => found!)];
    }

    private Task<int> PostAsync(params FlowEvent[] flows) => _server!.Api.PostBatchAsync(flows);

    private static FlowEvent Web { get; } =
        FlowEvent.Of("web-0", 0) with { PodNamespace = "shop", PodIp = "10.1.0.1", PodPort = "443", TrafficInOutIp = "10.1.0.2", TrafficInOutPort = "40000" };

    /// <summary>From web-0 to db-0, which reports it; each n is another port of the client's.</summary>
    private static FlowEvent Flow(int n, int port) => FlowEvent.Of("db-0", n) with
    {
        PodNamespace = "shop",
        PodIp = "10.1.0.2",
        PodPort = $"{port}",
        TrafficInOutIp = "10.1.0.1",
        TrafficInOutPort = $"{40_000 + n}",
    };

    private static FlowEvent Drop(int n) => Flow(n, 9000) with { Decision = "DROP" };
}
