using System.Diagnostics;
using System.Globalization;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>kill -9 of the node, the server, or both, at random moments under load: what was acknowledged is there exactly once, and soon.</summary>
public sealed class KillTests(ITestOutputHelper output) : IAsyncDisposable
{
    /// <summary>The promise is 5 s; a machine that runs other tests beside is slower.</summary>
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);

    private readonly TestDirectory _directory = new();
    private ServerProcess? _server;
    private double _restarts;

    private enum Victim
    {
        Node,
        Server,
        Both,
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public Task Three_kills_lose_and_double_nothing_that_was_acknowledged() => KillAsync(Fuzz.Seed(3), 3);

    [Fact]
    [Trait("Length", "Long")]
    public Task Hundred_kills_lose_and_double_nothing_that_was_acknowledged() => KillAsync(Fuzz.Seed(100), 100);

    private async Task KillAsync(int seed, int rounds)
    {
        var random = new Random(seed);
        var times = new List<TimeSpan>();
        var stored = 0;
        _server = await StartAsync();
        for (var round = 0; round < rounds; round++)
        {
            var victim = (Victim)(round % 3);
            await using var load = new FlowLoad(_server.Api, clients: 4);
            await load.GrowAsync(random.Next(100, 1500));
            // Not at an acknowledgement: anywhere in the life of a batch.
            await Task.Delay(random.Next(60));
            var started = Stopwatch.GetTimestamp();
            await KillAsync(victim);
            load.GoOnWith(_server.Api);
            await load.GrowAsync(1);
            var back = Stopwatch.GetElapsedTime(started);
            times.Add(back);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round}: {victim} killed, back after {back.TotalSeconds:0.0} s"));
            Assert.True(back < BackWithin, $"seed {seed}, round {round}: back only after {back}");

            await load.EndAsync();
            // Of a node alone no answer is lost, and the counts add up.
            await load.AssertStoredAsync(_server.Api, exact: victim == Victim.Node);
            stored += await load.StoredAsync(_server.Api);
        }

        Assert.Equal(stored, await _server.Api.GetMetricAsync("kguardian_dedup_known_flows"));
        Assert.Equal(
            $"{stored}\t{stored}",
            await Sql.RunAsync(DataDirectory.ReadOnlyEndpoint(_directory.Path), """
                SELECT count(), uniqExact(tuple(pod_ip, pod_port, traffic_type, traffic_in_out_ip, traffic_in_out_port, ip_protocol, decision)) FROM kguardian.traffic
                """));
        times.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{rounds} rounds, {stored} flows; back after {times[times.Count / 2].TotalSeconds:0.0} s (median), {times[^1].TotalSeconds:0.0} s (longest)"));
    }

    /// <summary>With a memory for known flows so small that their files are written and merged all the time.</summary>
    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(_directory.Path, ("KGUARDIAN_DEDUP__MEMORYBYTES", "65536"));

    private async Task KillAsync(Victim victim)
    {
        var server = _server!;
        if (victim != Victim.Server)
        {
            Signals.SendKill(server.FindNode()!.Value);
        }

        if (victim == Victim.Node)
        {
            await Patience.UntilAsync("the death of the node is noticed", async () =>
            {
                using var health = await server.Api.GetAsync("/health");
                return !health.IsSuccessStatusCode || await server.Api.GetMetricAsync("kguardian_node_restarts_total") > _restarts;
            });
            await server.HealthyAsync();
            _restarts = await server.Api.GetMetricAsync("kguardian_node_restarts_total");
            return;
        }

        await server.DisposeAsync();
        _restarts = 0;
        _server = await StartAsync();
    }
}
