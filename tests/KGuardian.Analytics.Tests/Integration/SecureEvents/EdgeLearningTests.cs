using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Tests.Integration.Ingest;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.SecureEvents;

/// <summary>A new store learns first, and of several servers each looks at what it took in.</summary>
public sealed class EdgeLearningTests : EdgeTest
{
    private static readonly FlowEvent Known = Flow("web-1", "10.1.0.1", 40_001, "203.0.113.1", 443);

    [Fact]
    public async Task Edges_are_learnt_after_the_first_flow_for_the_time_that_is_set_and_again_after_a_clear()
    {
        var options = NoLearning with { LearnFor = TimeSpan.FromHours(2) };
        await StartAsync(options, clock: Later(0));
        await PostAsync(Known);
        await CrashAsync();
        await StartAsync(options, clock: Later(1.9));
        await PostAsync(Known with { TrafficInOutIp = "203.0.114.1" });
        Assert.Empty(await RaisedAsync());
        await CrashAsync();

        await StartAsync(options, clock: Later(2.1));
        await PostAsync(
            Known with { TrafficInOutIp = "203.0.113.2" }, Known with { TrafficInOutIp = "203.0.114.2" }, Known with { TrafficInOutIp = "203.0.115.2" });
        Assert.Equal(["Pod shop/web-1 -> Network 203.0.115.0/24"], await RaisedAsync());

        await Running.Tier.ClearAsync();
        await PostAsync(Known with { TrafficInOutIp = "203.0.116.1" });
        Assert.Empty(await RaisedAsync());
        await CrashAsync();
        await StartAsync(options, clock: Later(4.2));
        await PostAsync(Known with { TrafficInOutIp = "203.0.117.1" });
        Assert.Equal(["Pod shop/web-1 -> Network 203.0.117.0/24"], await RaisedAsync());
    }

    [Fact]
    public async Task Clear_that_ended_before_the_flows_were_gone_raises_none_of_those_that_are_left()
    {
        await StartAsync();
        await PostAsync(Known);
        // A process that is killed in a clear has forgotten the edges, and left the flows.
        await Database.SqlAsync($"INSERT INTO store (name, value) VALUES ('cleared_flows', '{Running.Tier.Arrivals.HighWatermark}')");
        await Database.SqlAsync("TRUNCATE TABLE secure_events");
        await Database.SqlAsync("TRUNCATE TABLE known_edges");
        await CrashAsync();

        await StartAsync();
        await PostAsync(Known with { PodPort = "40002" }, Known with { TrafficInOutIp = "203.0.114.1" });

        Assert.Equal(["Pod shop/web-1 -> Network 203.0.114.0/24"], await RaisedAsync());
    }

    [Fact]
    public async Task Of_several_servers_each_looks_at_its_own_and_an_edge_is_raised_once_a_server_at_most()
    {
        using var journal = new TestDirectory();
        await StartAsync(isAlone: false);
        await using var other = await RunningTier.StartAsync(Database, journal, new IngestOptions { Servers = IngestServers.Several });
        await using var second = NewProducer(other, NoLearning, isAlone: false);
        await second.StartAsync(CancellationToken.None);

        for (var n = 0; n < 6; n++)
        {
            await CommitAsync([Known with { PodPort = $"{40_000 + n}", TrafficInOutIp = $"203.0.{n}.1" }]);
            await other.Tier.CommitAsync(TestFlows.Parse(
                FlowEvent.Batch([Known with { PodPort = $"{50_000 + n}", TrafficInOutIp = $"203.1.{n}.1" }]), other.Tier.Hasher));
            await other.FlushAsync();
        }

        await Patience.UntilAsync(async () => await Database.SqlAsync("SELECT uniqExact(reason) FROM secure_events FINAL") == "12");
        Assert.Equal("1", await Database.SqlAsync("SELECT count() <= 24 FROM secure_events FINAL"));
    }

    [Fact]
    public async Task Collapsed_drops_that_differ_in_an_ephemeral_port_only_are_one_event()
    {
        var collapsing = NoLearning with { CollapsePorts = true };
        var drop = Known with { Decision = "DROP" };
        await StartAsync(collapsing);
        await PostAsync(drop, drop with { PodPort = "40002" }, drop with { PodPort = "80" });
        await PostAsync(drop with { PodPort = "40003" }, drop with { TrafficInOutPort = "444" }, drop with { PodPort = "443", TrafficInOutPort = "40004" });
        await CrashAsync();
        await StartAsync(collapsing);
        await PostAsync(drop with { PodPort = "40005" }, drop with { PodPort = "443", TrafficInOutPort = "40005" });

        Assert.Equal("40001\t443\n40001\t444\n443\t40004\n80\t443", await Database.SqlAsync(
            "SELECT pod_port, traffic_in_out_port FROM secure_events WHERE rule = 'flow-dropped' ORDER BY toString(pod_port), traffic_in_out_port"));
    }

    private static ShiftedClock Later(double hours)
    {
        var clock = new ShiftedClock();
        clock.Pass(TimeSpan.FromHours(hours));
        return clock;
    }
}
