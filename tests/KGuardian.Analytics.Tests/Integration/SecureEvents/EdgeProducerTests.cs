using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.SecureEvents;

/// <summary>What was not connected before is an event, once.</summary>
public sealed class EdgeProducerTests : EdgeTest
{
    private static readonly FlowEvent Known = Flow("web-1", "10.1.0.1", 40_001, "10.1.0.2", 5432);

    [Fact]
    public async Task New_edge_is_an_event_once_and_repeats_replies_and_other_clients_ports_are_none()
    {
        await StartAsync();
        await NamePodAsync("web-1", "10.1.0.1", "Deployment", "web");
        await NamePodAsync("web-2", "10.1.0.3", "Deployment", "web");
        await NameAsync("address", "10.1.0.2", "SERVICE", "shop", "db");

        await PostAsync(Known);
        await PostAsync(Known, Known with { PodPort = "40002" }, Known with { PodPort = "40003", TrafficType = "INGRESS" });
        await PostAsync(Flow("web-2", "10.1.0.3", 40_001, "10.1.0.2", 5432, protocol: "6"), Known with { Decision = "DROP" });
        Assert.Equal(["Deployment shop/web -> Service shop/db, port 5432, TCP"], await RaisedAsync());

        await StopAsync();
        await StartAsync();
        await PostAsync(Known with { PodPort = "40004" });
        Assert.Equal(["Deployment shop/web -> Service shop/db, port 5432, TCP"], await RaisedAsync());
        await PostAsync(Known with { TrafficInOutPort = "5433" });
        Assert.Equal(2, (await RaisedAsync("edge-new")).Length);
        Assert.Equal(
            "6\t1\t1\t1",
            await Database.SqlAsync("""
                SELECT any(e.severity), min(e.sequence > 0), min(t.uuid = e.uuid AND t.pod_name = e.pod_name AND t.arrival_day = e.arrival_day),
                    min(e.event_hash != 0)
                FROM secure_events AS e INNER JOIN traffic AS t ON t.sequence = e.origin WHERE e.rule = 'edge-new'
                """));
    }

    [Fact]
    public async Task Ends_are_workload_pod_service_or_node_and_addresses_that_one_pod_reports_from()
    {
        await StartAsync();
        await NamePodAsync("web-1", "10.1.0.1", "Deployment", "web");
        await NameAsync("address", "10.0.0.9", "NODE", "", "node-9");
        // Reported by itself, unknown to the inventory.
        await PostAsync(Flow("bare", "10.1.0.7", 8080, "10.1.0.1", 40_000, "INGRESS"));
        await PostAsync(
            Flow("web-1", "10.1.0.1", 40_000, "10.1.0.7", 8080), Flow("web-1", "10.1.0.1", 40_000, "10.0.0.9", 10250),
            Flow("agent", "10.0.0.9", 40_000, "10.1.0.1", 8080), Flow("web-1", "10.1.0.1", 0, "10.0.0.9", 0, protocol: "ICMP"),
            Flow("web-1", "10.1.0.1", 0, "10.0.0.9", 0, direction: "OTHER"));

        Assert.Equal(
            [
                "Deployment shop/web -> Node node-9, ICMP",
                "Deployment shop/web -> Node node-9, port 10250, TCP",
                "Deployment shop/web -> Pod shop/bare, port 8080, TCP",
                "Node node-9 -> Deployment shop/web, port 8080, TCP",
            ],
            await RaisedAsync());
    }

    [Fact]
    public async Task Network_outside_is_an_event_by_its_direction()
    {
        await StartAsync(NoLearning with { ClusterCidrs = [System.Net.IPNetwork.Parse("10.0.0.0/8"), System.Net.IPNetwork.Parse("fd00::/8")] });
        await NamePodAsync("web-1", "10.1.0.1", "Deployment", "web");
        var outside = Flow("web-1", "10.1.0.1", 40_001, "203.0.113.7", 443);

        await PostAsync(
            outside, outside with { TrafficInOutIp = "203.0.113.200" }, outside with { TrafficInOutIp = "2001:db8:1:2:3::9" },
            outside with { TrafficInOutIp = "2001:db8:1:2::1" }, outside with { TrafficInOutIp = "::ffff:203.0.113.9" },
            outside with { PodPort = "8443", TrafficInOutPort = "50000", TrafficType = "INGRESS" });
        await PostAsync(
        [
            .. new[]
                {
                    "10.9.9.9", "fd00::1", "127.0.0.1", "169.254.169.254", "224.0.0.1", "ff02::1", "fe80::1%eth0", "::1", "0.0.0.0", "255.255.255.255",
                    "none",
                }
                .Select(peer => outside with { TrafficInOutIp = peer }),
        ]);

        Assert.Equal(
            [
                "Deployment shop/web -> Network 2001:db8:1:2::/64",
                "Deployment shop/web -> Network 203.0.113.0/24",
                "Network 203.0.113.0/24 -> Deployment shop/web",
            ],
            await RaisedAsync("outside-network-new"));
        Assert.Empty(await RaisedAsync("edge-new"));
    }

    [Fact]
    public async Task Names_are_those_of_the_flows_time_also_at_a_change_within_a_step()
    {
        await StartAsync();
        await NameAsync("address", "10.1.0.2", "SERVICE", "shop", "old");
        // Both spans are of the newest version.
        await Database.SqlAsync("""
            INSERT INTO name_history (subject, key, version, valid_from, valid_to, type, namespace, name) VALUES
                ('address', '10.1.0.2', 100, '1900-01-01 00:00:00', '2026-05-12 10:32:15.000000', 'SERVICE', 'shop', 'a'),
                ('address', '10.1.0.2', 100, '2026-05-12 10:32:15.000000', '2026-05-12 10:32:16.000000', 'SERVICE', 'shop', 'b')
            """);
        var at = new[] { "14.999999", "15.000000", "15.999999", "16.000000" };

        await PostAsync([.. at.Select((time, n) => Known with { PodPort = $"{40_000 + n}", TimeStamp = $"2026-05-12T10:32:{time}" })]);

        Assert.Equal(
            [
                "Pod shop/web-1 -> Network 10.1.0.0/24",
                "Pod shop/web-1 -> Service shop/a, port 5432, TCP",
                "Pod shop/web-1 -> Service shop/b, port 5432, TCP",
            ],
            await RaisedAsync());
    }

    [Fact]
    public async Task Workload_that_is_learnt_later_has_the_edges_of_its_pods()
    {
        await StartAsync();
        await NameAsync("address", "10.1.0.2", "SERVICE", "shop", "db");
        await PostAsync(Known, Known with { TrafficInOutIp = "203.0.113.7" });
        Assert.Equal(2, (await RaisedAsync()).Length);

        await NamePodAsync("web-1", "10.1.0.1", "Deployment", "web");
        await NamePodAsync("web-2", "10.1.0.3", "Deployment", "web");
        await PostAsync(
            Known with { PodPort = "40002" }, Known with { PodName = "web-2", PodIp = "10.1.0.3" },
            Known with { PodName = "web-2", PodIp = "10.1.0.3", TrafficInOutIp = "203.0.113.8" });
        Assert.Equal(2, (await RaisedAsync()).Length);

        await PostAsync(Known with { TrafficInOutPort = "5433" });
        Assert.Contains("Deployment shop/web -> Service shop/db, port 5433, TCP", await RaisedAsync());
    }

    [Fact]
    public async Task Edge_is_forgotten_with_the_last_of_its_flows_and_a_clear_forgets_all()
    {
        await StartAsync();
        await PostAsync(Known);
        // The day of its flow has expired.
        await Database.SqlAsync("ALTER TABLE traffic DROP PARTITION ALL");
        await Database.SqlAsync("ALTER TABLE known_edges DROP PARTITION ALL");
        await PostAsync(Known with { PodPort = "40002" });
        Assert.Equal(2, (await RaisedAsync()).Length);

        await Running.Tier.ClearAsync();
        Assert.Equal("0", await Database.SqlAsync("SELECT count() FROM known_edges"));
        Assert.Empty(await RaisedAsync());
        await PostAsync(Known);
        Assert.Single(await RaisedAsync());
    }

    [Fact]
    public async Task Flows_of_before_are_learnt_day_by_day_and_what_is_new_raises()
    {
        await NameAsync("address", "10.1.0.2", "SERVICE", "shop", "db");
        await StartAsync(starts: false);
        await CommitAsync([.. Enumerable.Range(0, 50).Select(n => Known with { TrafficInOutPort = $"{5000 + n}" })]);
        await Database.SqlAsync("""
            INSERT INTO traffic SELECT * REPLACE (arrival_day - 3 AS arrival_day, sequence - 1000000 AS sequence, concat('old-', pod_name) AS pod_name,
                concat('10.3', substring(pod_ip, 5)) AS pod_ip) FROM traffic
            """);
        await CrashAsync();

        // The groups of a day are more than are read at once.
        await StartAsync(flowsOfAStep: 7);
        await PostAsync([.. Enumerable.Range(0, 51).Select(n => Known with { PodPort = "40002", TrafficInOutPort = $"{5000 + n}" })]);

        Assert.Equal(["Pod shop/web-1 -> Service shop/db, port 5050, TCP"], await RaisedAsync());
        Assert.Equal("2", await Database.SqlAsync("SELECT uniqExact(arrival_day) FROM known_edges"));
    }

    [Fact]
    public async Task Rule_that_was_off_does_not_raise_the_past()
    {
        var off = NoLearning with
        {
            Rules = new Dictionary<string, EventRuleOptions> { ["edge-new"] = new(false, 6), ["outside-network-new"] = new(false, 5) },
        };
        await StartAsync();
        await NameAsync("address", "10.1.0.2", "SERVICE", "shop", "db");
        await PostAsync(Known);
        await StopAsync();
        await StartAsync(off);
        await PostAsync(Known with { TrafficInOutPort = "5433" });
        Assert.Single(await RaisedAsync());
        await StopAsync();

        await StartAsync(NoLearning with { Rules = new Dictionary<string, EventRuleOptions> { ["edge-new"] = new(true, 2) } });
        await PostAsync(Known with { PodPort = "40002", TrafficInOutPort = "5433" }, Known with { TrafficInOutPort = "5434" });
        Assert.Equal(2, (await RaisedAsync()).Length);
        Assert.Equal("2", await Database.SqlAsync("SELECT min(severity) FROM secure_events"));
    }
}
