using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Tests.Integration.Ingest;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.SecureEvents;

/// <summary>Events are those of the flows that were dropped, each once, whatever breaks in between.</summary>
public sealed class EventProducerTests : TierTest
{
    private const string Exact =
        "SELECT count(), uniqExact(time_stamp, event_hash), uniqExact(sequence) FROM secure_events";

    private TcpRelay? _relay;
    private RunningTier? _running;
    private EventProducer? _producer;

    public override async ValueTask DisposeAsync()
    {
        await CrashAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Dropped_flows_are_events_once_and_repeats_are_none()
    {
        await StartAsync();

        await PostAsync([Drop(1), Drop(2) with { Decision = "drop" }, Allow(3), Drop(1)]);
        await PostAsync([Drop(1), Drop(4)]);

        Assert.Equal("3\t3\t3", await Database.SqlAsync(Exact));
        Assert.Equal(
            "flow-dropped\t3\t1\t1",
            await Database.SqlAsync("""
                SELECT any(e.rule), any(e.severity), min(e.sequence > 0), min(t.uuid = e.uuid AND t.pod_name = e.pod_name AND t.arrival_day = e.arrival_day)
                FROM secure_events AS e INNER JOIN traffic AS t ON t.sequence = e.origin
                """));
    }

    [Fact]
    public async Task Flows_of_before_raise_theirs_in_steps_oldest_first()
    {
        await StartAsync(isEnabled: false);
        await PostAsync([.. Enumerable.Range(0, 100).Select(Drop)]);
        Assert.Equal("0\t0\t0", await Database.SqlAsync(Exact));
        await CrashAsync();

        await StartAsync(eventsOfAStep: 7);
        await PostAsync([Drop(100)]);

        Assert.Equal("101\t101\t101", await Database.SqlAsync(Exact));
        Assert.Equal("1", await Database.SqlAsync("SELECT (arraySort(groupArray((sequence, origin))) AS s).2 = arraySort(s.2) FROM secure_events"));
    }

    [Fact]
    public async Task Lost_answers_cut_requests_and_crashes_raise_no_event_twice_and_lose_none()
    {
        var random = new Random(Fuzz.Seed(1));
        var (dropped, faults) = (0, 0);
        for (var round = 0; round < 12; round++)
        {
            var relay = await StartAsync(eventsOfAStep: 3 + (round % 5));
            relay.Inject((RelayFault)(round % 4), "INSERT INTO secure_events", times: 1 + (round % 2), after: round % 3, delay: TimeSpan.FromMilliseconds(50));
            var flows = 1 + random.Next(20);
            await CommitAsync([.. Enumerable.Range(dropped, flows).Select(Drop), Allow(round)]);
            dropped += flows;
            if (round % 3 != 2)
            {
                await CatchUpAsync();
            }

            faults += relay.Done;
            await CrashAsync();
        }

        await StartAsync();
        await CatchUpAsync();

        Assert.NotEqual(0, faults);

        Assert.Equal($"{dropped}\t{dropped}\t{dropped}", await Database.SqlAsync(Exact));
    }

    [Fact]
    public async Task Step_of_a_killed_server_that_still_runs_is_ended_before_it_is_made_again()
    {
        await StartAsync(isEnabled: false);
        await PostAsync([Drop(1), Drop(2)]);
        await CrashAsync();
        using var client = Database.Client();
        // Some seconds for both of them, and not the token of what is raised anew.
        var left = client.ExecuteAsync(new ClickHouseQuery("""
            INSERT INTO secure_events (rule, severity, event_hash, sequence, origin, time_stamp, arrival_day)
            SELECT 'flow-dropped', 3, sequence, sequence, sequence, time_stamp, arrival_day FROM traffic WHERE sleepEachRow(1.4) = 0
            """) { QueryId = $"kguardian-raise-{Guid.NewGuid():N}" });
        await Patience.UntilAsync("it runs", async () => left.IsCompleted || await Database.SqlAsync(
            "SELECT count() FROM system.processes WHERE startsWith(query_id, 'kguardian-raise-') AND current_database = currentDatabase()") == "1");
        Assert.False(left.IsCompleted, $"{left.Exception}");

        await StartAsync();
        await CatchUpAsync();

        // Killed it has stored nothing, and finished everything.
        await Task.WhenAny(left);
        Assert.Equal("2\t2\t2", await Database.SqlAsync(Exact));
    }

    [Fact]
    public async Task Clear_takes_events_along_and_what_comes_again_is_an_event_again()
    {
        await StartAsync();
        await Database.SqlAsync("INSERT INTO audit_verdicts (id, verdict, direction, dst_pod) VALUES (512 * 864000000, 'WouldDeny', 'Ingress', 'a')");
        await PostAsync([Drop(1), Drop(2)]);
        Assert.Equal("3\t3\t3", await Database.SqlAsync(Exact));

        await _running!.Tier.ClearAsync();

        Assert.Equal("0\t0\t0", await Database.SqlAsync(Exact));
        await PostAsync([Drop(1)]);
        Assert.Equal("1\t1\t1", await Database.SqlAsync(Exact));
        await CrashAsync();
        await StartAsync();
        await PostAsync([Drop(3)]);
        // The verdict of before is still there, and raises nothing again.
        Assert.Equal("2\t2\t2", await Database.SqlAsync(Exact));
    }

    [Fact]
    public async Task Verdicts_that_would_deny_are_events_of_their_own_rule()
    {
        await StartAsync();
        await Database.SqlAsync("""
            INSERT INTO audit_verdicts (id, policy_uid, policy_namespace, policy_name, direction, src_namespace, src_pod, dst_namespace, dst_pod, dst_port,
                protocol, reason, observed_at, verdict)
            VALUES (512 * 864000000, 'u', 'shop', 'deny', 'Ingress', 'web', 'web-1', 'shop', 'shop-1', 8080, 'tcp', 'no rule', '2026-05-12 10:00:00.000001',
                'WouldDeny'),
                (512 * 864000000 + 1, 'u', 'shop', 'deny', 'Egress', 'shop', 'shop-1', 'web', 'web-1', 443, 'TCP', 'no rule', '2026-05-12 10:00:00.000002',
                'WouldDeny'),
                (512 * 864000000 + 2, 'u', 'shop', 'deny', 'Egress', 'shop', 'shop-1', 'web', 'web-1', 443, 'TCP', '', '2026-05-12 10:00:00.000003', 'Allow')
            """);

        await PostAsync([Allow(1)]);

        Assert.Equal(
            """
            policy-would-deny	4	shop	shop-1	8080	INGRESS	-1	TCP	web	web-1	deny	2026-01-02	1	2026-05-12 10:00:00.000001
            policy-would-deny	4	shop	shop-1	-1	EGRESS	443	TCP	web	web-1	deny	2026-01-02	1	2026-05-12 10:00:00.000002
            """,
            await Database.SqlAsync("""
                SELECT rule, severity, pod_namespace, pod_name, pod_port, traffic_type, traffic_in_out_port, ip_protocol, peer_namespace, peer_name, policy_name,
                    arrival_day, toDateTime(4294967295 - version, 'UTC') = '2026-01-02 00:00:00', time_stamp
                FROM secure_events ORDER BY time_stamp
                """));
    }

    [Fact]
    public async Task Order_goes_on_behind_what_is_stored_before_anything_is_raised()
    {
        await StartAsync();
        await PostAsync([Drop(1), Drop(2)]);
        var last = await Database.SqlAsync("SELECT max(sequence) FROM secure_events");
        await CrashAsync();
        // No round is done: who follows events must not take its place for one ahead of the store.
        await Database.SqlAsync("RENAME TABLE audit_verdicts TO away");

        await StartAsync();

        Assert.Equal(last, $"{_producer!.Order.HighWatermark}");
        await Database.SqlAsync("RENAME TABLE away TO audit_verdicts");
        await PostAsync([Drop(3)]);
        Assert.Equal("1", await Database.SqlAsync($"SELECT count() FROM secure_events WHERE sequence > {last}"));
    }

    [Fact]
    public async Task Rule_that_is_off_raises_nothing_and_severity_is_as_set()
    {
        await StartAsync(isEnabled: false);
        await PostAsync([Drop(1)]);
        Assert.Equal("0\t0\t0", await Database.SqlAsync(Exact));
        await CrashAsync();

        await StartAsync(severity: 0);
        await PostAsync([Drop(2)]);

        Assert.Equal("0", await Database.SqlAsync("SELECT DISTINCT severity FROM secure_events"));
    }

    [Fact]
    public async Task Two_servers_raise_each_event_once_for_those_who_read_it_merged()
    {
        using var journal = new TestDirectory();
        await StartAsync(isAlone: false);
        await using var other = await RunningTier.StartAsync(Database, journal, new IngestOptions { Servers = IngestServers.Several });
        await using var second = Producer(other, isAlone: false, new EventOptions(), 200_000);
        await second.StartAsync(CancellationToken.None);

        for (var n = 0; n < 10; n++)
        {
            await CommitAsync([Drop(2 * n)]);
            await other.Tier.CommitAsync(TestFlows.Parse(FlowEvent.Batch([Drop((2 * n) + 1)]), other.Tier.Hasher));
            await other.FlushAsync();
        }

        await Patience.UntilAsync(async () => await Database.SqlAsync("SELECT count() FROM secure_events FINAL") == "20");
        Assert.Equal("20", await Database.SqlAsync("SELECT uniqExact(origin) FROM secure_events FINAL"));
    }

    private static FlowEvent Drop(int n) => FlowEvent.Of("drops", n) with { Decision = "DROP" };

    private static FlowEvent Allow(int n) => FlowEvent.Of("allows", n);

    private static EventProducer Producer(RunningTier running, bool isAlone, EventOptions options, int eventsOfAStep) => new(
        ClickHouseCluster.Of(running.Client), running.Tier, options, isAlone, new EventMetrics(Meters.New(), options), TimeProvider.System,
        NullLogger<EventProducer>.Instance)
    {
        EventsOfAStep = eventsOfAStep,
    };

    private async Task<TcpRelay> StartAsync(bool isEnabled = true, int severity = 3, int eventsOfAStep = 200_000, bool isAlone = true)
    {
        _relay = new TcpRelay(Database.Endpoint.Url);
        _running = await RunningTier.StartAsync(
            Database, Journal, new IngestOptions { Servers = isAlone ? IngestServers.One : IngestServers.Several }, through: _relay);
        var options = new EventOptions
        {
            Rules = new Dictionary<string, EventRuleOptions> { [EventRule.FlowDropped.Name] = new(isEnabled, severity) },
        };
        _producer = Producer(_running, isAlone, options, eventsOfAStep);
        await _producer.StartAsync(CancellationToken.None);
        return _relay;
    }

    /// <summary>Ends at once, as a killed process does: nothing more reaches ClickHouse.</summary>
    private async Task CrashAsync()
    {
        _relay?.GoAway();
        await (_producer?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_running?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_relay?.DisposeAsync() ?? ValueTask.CompletedTask);
        (_relay, _producer, _running) = (null, null, null);
    }

    private async Task PostAsync(FlowEvent[] flows)
    {
        await CommitAsync(flows);
        await CatchUpAsync();
    }

    private async Task CommitAsync(FlowEvent[] flows)
    {
        await _running!.Tier.CommitAsync(TestFlows.Parse(FlowEvent.Batch(flows), _running.Tier.Hasher));
        await _running.FlushAsync();
    }

    private Task CatchUpAsync() => Patience.UntilAsync(() => _producer!.CatchUpAsync(CancellationToken.None));
}
