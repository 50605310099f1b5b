using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.SecureEvents;

/// <summary>New edges are those of a naive model, whatever comes, goes and breaks in between.</summary>
public sealed class EdgeFaultTests : EdgeTest
{
    /// <summary>What a fault is injected into: each statement of a step that writes, and some that read.</summary>
    private static readonly string[] Statements =
        ["INSERT INTO known_edges", "INSERT INTO secure_events", "edge_groups", "INSERT INTO edge_progress", "FROM name_history", "LIMIT 1 BY f.rule"];

    private readonly Random _random = new(Fuzz.Seed(3));
    private readonly HashSet<string> _known = [];
    private readonly Dictionary<int, string> _workloads = [];
    private readonly List<string> _expected = [];
    private int _flows;

    [Fact]
    public async Task Events_are_those_of_a_naive_model_over_faults_crashes_clears_and_names_that_come_late()
    {
        for (var service = 0; service < 3; service++)
        {
            await NameAsync("address", $"10.2.0.{service}", "SERVICE", "shop", $"s{service}");
        }

        var faults = 0;
        for (var round = 0; round < 9; round++)
        {
            var relay = await StartAsync(flowsOfAStep: 1 + (round % 7));
            relay.Inject(
                (RelayFault)(round % 4), Statements[round % Statements.Length], times: 1 + (round % 2), after: round % 3, delay: TimeSpan.FromMilliseconds(50));
            if (round % 4 == 3)
            {
                await LearnWorkloadAsync(_random.Next(6));
            }

            await PostAsync(Flows(1 + _random.Next(12)));
            faults += relay.Done;
            Assert.Equal(_expected.Order(StringComparer.Ordinal), (await RaisedAsync()).Order(StringComparer.Ordinal));
            switch (round % 9)
            {
                case 5:
                    await Running.Tier.ClearAsync();
                    _known.Clear();
                    _expected.Clear();
                    break;
                case 7:
                    await StopAsync();
                    continue;
                case 8:
                    // More comes, and nothing of it was looked at, or some.
                    await CommitAsync(Flows(1 + _random.Next(5)));
                    break;
            }

            await CrashAsync();
        }

        await StartAsync();
        await PostAsync(Flows(5));
        Assert.Equal(_expected.Order(StringComparer.Ordinal), (await RaisedAsync()).Order(StringComparer.Ordinal));
        Assert.NotEqual(0, faults);
        Assert.Equal("1", await Database.SqlAsync("SELECT count() = uniqExact(time_stamp, event_hash) AND count() = uniqExact(sequence) FROM secure_events"));
    }

    /// <summary>Pods learn their workloads, which have the edges of their pods from then on.</summary>
    private async Task LearnWorkloadAsync(int pod)
    {
        var end = $"Deployment shop/w{pod % 3}";
        await NamePodAsync($"p{pod}", null, "Deployment", $"w{pod % 3}");
        _workloads[pod] = end;
        foreach (var edge in _known.Where(edge => edge.Contains($"Pod shop/p{pod} ", StringComparison.Ordinal)).ToArray())
        {
            _known.Add(edge.Replace($"Pod shop/p{pod} ", $"{end} ", StringComparison.Ordinal));
        }
    }

    private FlowEvent[] Flows(int count) => [.. Enumerable.Range(0, count).Select(_ => NextFlow())];

    private FlowEvent NextFlow()
    {
        var (pod, service, port) = (_random.Next(6), _random.Next(3), 80 + _random.Next(2));
        var isOutside = _random.Next(4) == 0;
        var peer = isOutside ? $"203.0.{service}.{_random.Next(250)}" : $"10.2.0.{service}";
        // Every client's port is another one: all flows are distinct. Times go back and forth.
        var client = 32_768 + _flows++;
        var flow = Flow(
            $"p{pod}", $"10.1.0.{pod}", client, peer, port, _random.Next(2) == 0 ? "EGRESS" : "INGRESS",
            _random.Next(6) == 0 ? "DROP" : "allow", at: _random.Next(100_000));
        var isServer = _random.Next(5) == 0;
        flow = isServer ? flow with { PodPort = $"{port}", TrafficInOutPort = $"{client}" } : flow;
        if (flow.Decision != "DROP")
        {
            Expect(pod, isOutside ? $"Network 203.0.{service}.0/24" : $"Service shop/s{service}", isOutside ? "" : $", port {port}, TCP", isServer);
        }

        return flow;
    }

    private void Expect(int pod, string peer, string how, bool isServer)
    {
        var own = _workloads.GetValueOrDefault(pod) ?? $"Pod shop/p{pod}";
        // With a blank behind each end, so that p1 is no part of p12.
        var edge = isServer ? $"{peer} -> {own} " : $"{own} -> {peer} ";
        if (_known.Add($"{edge}{how}"))
        {
            _expected.Add($"{edge[..^1]}{how}");
        }
    }
}
