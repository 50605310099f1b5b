using System.Globalization;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.History;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Inventory.History;

/// <summary>Who had an address, and what a pod was, compared with the naive model, as flows' queries ask for it.</summary>
public sealed class HistoryTests() : DatabaseTest(isMigrated: true)
{
    private const int Logs = 6;
    private const int States = 40;

    [Fact]
    public async Task Names_of_flows_are_those_of_the_naive_model_at_every_border_of_random_logs()
    {
        var cluster = ClickHouseCluster.Of(Client);
        var (podTable, serviceTable) = (new PodTable(cluster), new ServiceTable(cluster));
        await using var keeper = new HistoryKeeper(cluster, new InventoryMetrics(Meters.New()), TimeProvider.System, NullLogger.Instance);
        // An empty store, so that everything comes in steps.
        await keeper.CatchUpAsync(CancellationToken.None);
        var logs = Enumerable.Range(1, Logs).Select(seed => new RandomStates(Fuzz.Seed(seed) % 200)).ToArray();
        var pods = new List<PodState>();
        var services = new List<ServiceState>();
        for (var step = 0; step < 4; step++)
        {
            PodState[] newPods = [.. logs.SelectMany(log => Enumerable.Range(0, States / 4).Select(_ => log.Pod()))];
            ServiceState[] newServices = [.. logs.Select(log => log.Service())];
            await podTable.InsertAsync(newPods, Guid.NewGuid().ToString(), TimeSpan.FromMinutes(1), CancellationToken.None);
            await serviceTable.InsertAsync(newServices, Guid.NewGuid().ToString(), TimeSpan.FromMinutes(1), CancellationToken.None);
            pods.AddRange(newPods);
            services.AddRange(newServices);
            keeper.Changed(newPods);
            keeper.Changed(newServices);
            await keeper.CatchUpAsync(CancellationToken.None);
        }

        var probes = await InsertProbesAsync(logs, pods);
        var model = new NaiveHistory(pods, services);
        var expected = probes.Select(probe => Text(model.Of(probe.Namespace, probe.Name, probe.Time), model.At(probe.Address, probe.Time))).ToArray();
        Assert.Equal(expected, await ReadAsync(wide: true));
        Assert.Equal(expected, await ReadAsync(wide: false));
        Assert.Contains(expected, text => text.EndsWith("|-", StringComparison.Ordinal));

        // The same from nothing but the logs, as after a restore.
        keeper.Swept();
        await keeper.CatchUpAsync(CancellationToken.None);
        Assert.Equal(expected, await ReadAsync(wide: true));

        foreach (var workload in new[] { "shop", "night", "db", "pod-1-0" })
        {
            var holds = NameSql.Holds("held", NameKey.Peer, $"h.workload = '{workload}'", column => $"t.{column}");
            Assert.Equal(
                probes.Count(probe => model.At(probe.Address, probe.Time)?.Workload == workload),
                int.Parse(
                    await Database.SqlAsync(NameSql.With($"SELECT countIf({holds.Expression}) FROM traffic AS t", [holds])), CultureInfo.InvariantCulture));
        }
    }

    private async Task<List<(string Namespace, string Name, string Address, long Time)>> InsertProbesAsync(RandomStates[] logs, List<PodState> pods)
    {
        var probes = new List<(string, string, string, long)>();
        foreach (var (log, states) in logs.Zip(pods.GroupBy(pod => pod.Sequence / 1_000_000)))
        {
            var names = states.Select(state => (state.Namespace, state.Name)).Distinct().ToArray();
            for (var moment = -10; moment < 45; moment++)
            {
                foreach (var shift in new[] { -1, 0 })
                {
                    var (podNamespace, name) = names[probes.Count % names.Length];
                    for (var address = 0; address < 6; address++)
                    {
                        probes.Add((podNamespace, name, log.Address(address), RandomStates.Begin + (moment * 20_000_000L) + shift));
                    }
                }
            }
        }

        var rows = string.Concat(probes.Select((probe, i) => JsonSerializer.Serialize(new
        {
            pod_namespace = probe.Item1,
            pod_name = probe.Item2,
            pod_port = i,
            traffic_in_out_ip = probe.Item3,
            time_stamp = TimestampText.Format(probe.Item4),
            arrival_day = "2026-05-12",
            version = 1,
        })));
        await Client.InsertAsync(
            new ClickHouseQuery("""
                INSERT INTO traffic (pod_namespace, pod_name, pod_port, traffic_in_out_ip, time_stamp, arrival_day, version) FORMAT JSONEachRow
                """),
            async (stream, cancelled) => await stream.WriteAsync(Encoding.UTF8.GetBytes(rows), cancelled), CancellationToken.None);
        return probes;
    }

    private async Task<string[]> ReadAsync(bool wide)
    {
        string[] names =
        [
            "workload_kind", "workload", "node", "peer_type", "peer_namespace", "peer_pod", "peer_service", "peer_node", "peer_workload_kind", "peer_workload",
        ];
        var texts = names.Select(name => $"ifNull({FlowName.All.First(one => one.Name == name).Column.Expression}, '')").ToArray();
        var (before, after) = wide ? (10_000_000_000L, 10_000_000_000L) : (200_000_001L, 900_000_000L);
        var rows = await Client.QueryAsync<string>(
            new ClickHouseQuery(FlowName.With($"""
                SELECT concat({string.Join(", ' ', ", texts[..3])}, '|',
                    if({texts[3]} = '', '-', concat({string.Join(", ' ', ", texts[3..5])}, ' ', {texts[5]}, {string.Join(", ' ', ", texts[6..])}))) AS value
                FROM traffic AS t ORDER BY t.pod_port
                """, [])).With("from", RandomStates.Begin - before).With("to", RandomStates.Begin + after),
            CancellationToken.None);
        return [.. rows];
    }

    private static string Text(KnownName? pod, KnownName? peer) =>
        $"{pod?.Kind} {pod?.Workload} {pod?.Node}|"
        + (peer is null ? "-" : $"{peer.Type} {peer.Namespace} {(peer.Type == "NODE" ? "" : peer.Name)} {peer.Node} {peer.Kind} {peer.Workload}");
}
