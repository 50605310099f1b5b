using System.Globalization;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Rollups;
using KGuardian.Analytics.Tests.Integration.SecureEvents;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Rollups;

/// <summary>Edges read with <c>edge_rollup</c> are those that are read without it.</summary>
public sealed class RollupExactnessTests : EdgeTest
{
    private const int MillisAnHour = 3_600_000;

    private static readonly DateTimeOffset Base = new(2026, 5, 12, 10, 32, 14, TimeSpan.Zero);
    private static readonly string[] Peers = ["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.003", "fd00::1", "fd00::0001", "203.0.113.7", "203.0.113.8", "none"];
    private static readonly string[] Filters =
        ["", "namespace = \"shop\"", "decision = DROP or protocol = UDP", "peer_ip in (10.1.0.1, fd00::1)", "not direction = EGRESS",
         "search contains \"p1\"", "peer_port = 80"];

    private readonly Random _random = new(Fuzz.Seed(1));
    private int _flows;
    private int _version = 1;

    [Fact]
    public async Task Edges_are_the_same_over_histories_windows_filters_faults_crashes_and_clears()
    {
        var rows = 0L;
        for (var round = 0; round < 10; round++)
        {
            var relay = await StartAsync(starts: false);
            await CommitAsync([.. Enumerable.Range(0, 20 + _random.Next(60)).Select(_ => NextFlow())], keepsAge: round % 2 == 1);
            if (round % 3 == 1)
            {
                await NameSomebodyAsync();
            }

            relay.Inject((RelayFault)(round % 4), "INSERT INTO edge_rollup", times: 1, after: round % 2, delay: TimeSpan.FromMilliseconds(20));
            await using (var builder = NewBuilder())
            {
                builder.FlowsOfAStep = 1 + _random.Next(40);
                for (var steps = _random.Next(4); steps >= 0; steps--)
                {
                    try
                    {
                        await builder.StepAsync(CancellationToken.None);
                    }
                    catch (ClickHouseException) when (relay.Done > 0)
                    {
                        // Done or not: the next step looks.
                        continue;
                    }
                }
            }

            if (round == 6)
            {
                await Running.Tier.ClearAsync();
                Assert.Equal("0", await Database.SqlAsync("SELECT count() FROM edge_rollup"));
                await CrashAsync();
                continue;
            }

            if (round == 8)
            {
                await Database.SqlAsync("OPTIMIZE TABLE edge_rollup FINAL");
            }

            for (var question = 0; question < 4; question++)
            {
                await AskAsync();
            }

            await AskAsync(new TimeWindow(Base.AddDays(-1), Base.AddDays(1)));
            rows += long.Parse(await Database.SqlAsync("SELECT sum(flows) FROM edge_rollup"), CultureInfo.InvariantCulture);
            await CrashAsync();
        }

        await StartAsync(starts: false);
        await using (var builder = NewBuilder())
        {
            while (await builder.StepAsync(CancellationToken.None))
            {
            }

            Assert.Equal(0, builder.Behind);
        }

        await AskAsync(new TimeWindow(Base.AddDays(-1), Base.AddDays(1)));
        Assert.Equal("1", await Database.SqlAsync("SELECT (SELECT sum(flows) FROM edge_rollup) = (SELECT count() FROM traffic)"));
        Assert.NotEqual(0, rows);
    }

    private RollupBuilder NewBuilder() => new(
        ClickHouseCluster.Of(Running.Client), Running.Tier, true, Meters.New(), TimeProvider.System, NullLogger<RollupBuilder>.Instance);

    private async Task AskAsync(TimeWindow? asked = null)
    {
        var window = asked ?? RandomWindow();
        var filter = _random.Next(2) == 0 ? "" : Filters[_random.Next(Filters.Length)];
        var selection = new FlowSelection(window, filter.Length == 0 ? FlowFilter.Everything : FlowFilter.Parse(filter));
        var outside = _random.Next(2) == 0 ? null : OutsideNetworks.All;
        var detail = new EdgeDetail
        {
            HasExamples = true,
            HasKeys = _random.Next(2) == 0,
            Scope = _random.Next(5) switch
            {
                0 => new EdgeScope("Namespace", "shop", ""),
                1 => new EdgeScope("Deployment", "shop", "w1"),
                2 => new EdgeScope("Pod", "shop", "p1"),
                3 => new EdgeScope("Node", "", "node-1"),
                _ => null,
            },
        };
        var (with, without) = (await EdgesAsync(true), await EdgesAsync(false));
        Assert.True(
            without.SequenceEqual(with), $"{window.From:O} to {window.To:O}, {filter}, {detail.Scope}, {outside}:\n{string.Join('\n', without.Except(with))}\n"
            + $"instead:\n{string.Join('\n', with.Except(without))}");

        async Task<string[]> EdgesAsync(bool hasRollup)
        {
            var reader = new EdgeReader(Running.Client.Runner(options: new QueryOptions { HasRollup = hasRollup }), TimeProvider.System);
            var names = await reader.NamesAsync(selection, outside, CancellationToken.None);
            var count = await reader.CountOutsideAsync(selection, 1000, CancellationToken.None);
            var edges = new List<ObservedEdge>();
            await foreach (var edge in reader.ReadAsync(selection, names, detail, CancellationToken.None))
            {
                edges.Add(edge);
            }

            return
            [
                $"{count} outside",
                .. edges.GroupBy(edge => $"{End(edge.Client)} -> {End(edge.Server)}, {edge.ServerPort} {edge.Protocol} {edge.ProtocolText} {edge.Decision} "
                    + $"{edge.IsRoleKnown} {edge.Reporter} by {(edge.Pod is null ? "nobody" : End(edge.Pod))}")
                    .Select(group => $"{group.Key}: {group.Sum(edge => edge.Flows)}, "
                        + $"{group.Min(edge => edge.FirstSeen)} to {group.Max(edge => edge.LastSeen)}, "
                        + $"{group.Min(edge => edge.Example.ToString("D"))}")
                    .Order(StringComparer.Ordinal),
            ];
        }
    }

    private static string End(EdgeEnd end) => $"{end.Kind} {end.Namespace}/{end.Name} {end.WorkloadKind} {end.Workload} {end.Address}";

    private TimeWindow RandomWindow()
    {
        var from = Base.AddMilliseconds(_random.Next(3 * MillisAnHour) - MillisAnHour);
        // At an hour's begin, at a flow's very microsecond, or anywhere.
        from = _random.Next(3) switch { 0 => new DateTimeOffset(from.Date.AddHours(from.Hour), TimeSpan.Zero), 1 => from.AddMicroseconds(7), _ => from };
        return new TimeWindow(from, from.AddMilliseconds(1 + _random.Next(3 * MillisAnHour)));
    }

    /// <summary>The inventory learns what a pod or an address was: some spans, which begin and end within the flows' time or not.</summary>
    private async Task NameSomebodyAsync()
    {
        for (var i = 0; i < 4; i++)
        {
            var isPod = _random.Next(2) == 0;
            var pod = $"p{_random.Next(4)}";
            var key = isPod ? $"shop/{pod}" : Peers[_random.Next(7)].Replace("0001", "1", StringComparison.Ordinal);
            var version = ++_version;
            var at = Base.AddHours(-1);
            for (var spans = 1 + _random.Next(3); spans > 0; spans--)
            {
                var end = at.AddMilliseconds(1 + _random.Next(2 * MillisAnHour)).AddMicroseconds(_random.Next(1000));
                var type = isPod ? "POD" : _random.Next(4) switch { 0 => "NODE", 1 => "SERVICE", _ => "POD" };
                await Database.SqlAsync($"""
                    INSERT INTO name_history (subject, key, version, valid_from, valid_to, type, namespace, name, node, workload_kind, workload)
                    VALUES ('{(isPod ? "pod" : "address")}', '{key}', {version}, '{Text(at)}', '{Text(spans == 1 ? at.AddYears(1) : end)}', '{type}', 'shop',
                        '{pod}', 'node-1', 'Deployment', 'w{_random.Next(3)}')
                    """);
                at = _random.Next(3) == 0 ? end.AddSeconds(10) : end;
            }
        }

        static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
    }

    private FlowEvent NextFlow()
    {
        var (pod, client) = (_random.Next(5), 32_768 + _flows++);
        var isServer = _random.Next(4) == 0;
        return Flow(
            $"p{pod}", $"10.1.0.{pod}", isServer ? 8080 : client, Peers[_random.Next(Peers.Length)], isServer ? client : 80 + _random.Next(2),
            _random.Next(5) switch { 0 => "INGRESS", 1 => "egress", 2 => "OTHER", _ => "EGRESS" },
            _random.Next(6) == 0 ? "DROP" : "ALLOW", _random.Next(4) == 0 ? "UDP" : "TCP", at: _random.Next(2 * MillisAnHour)) with
        {
            PodName = pod == 4 ? null : $"p{pod}",
            PodNamespace = _random.Next(8) == 0 ? "other" : "shop",
        };
    }
}
