using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Delivery;
using KGuardian.Analytics.Forwarding.Targets;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Peers;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Forwarding;

/// <summary>Forwarding with a real store and targets that are stubs; tries follow each other within milliseconds.</summary>
public sealed class EventForwardingTests() : DatabaseTest(isMigrated: true)
{
    private readonly List<EventForwarding> _running = [];
    private TestCollector _collector = null!;
    private long _complete;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _collector = await TestCollector.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var forwarding in _running)
        {
            await forwarding.DisposeAsync();
        }

        await _collector.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Splunk_that_is_busy_gets_the_same_events_again_packed_and_with_its_token()
    {
        _collector.Answer = (_, before) => before < 3 ? (503, """{"text":"Server is busy","code":9}""") : (200, """{"text":"Success","code":0}""");
        var one = await CreateAsync(await StartAsync(), "splunk", """{"ServiceToken":"token","Index":"main"}""");
        await AddFlowsAsync(700);

        await DeliveredAsync(one, 700);

        var posts = _collector.Posts.ToArray();
        Assert.Equal(5, posts.Length);
        Assert.All(posts, post => Assert.Equal(
            ("/services/collector/event", "Splunk token", true), (post.Path, post.Headers["Authorization"], post.IsPacked)));
        Assert.All(posts[1..4], post => Assert.Equal(posts[0].Body, post.Body));
        var rows = Splunk(posts[3]).Concat(Splunk(posts[4])).ToArray();
        Assert.Equal(Enumerable.Range(0, 700).Select(Address), rows.Select(row => row["event"]!["clientIp"]!.GetValue<string>()));
        Assert.Equal(
            """["kguardian","kguardian:connection","main",1778580000.000000]""",
            new JsonArray([.. new[] { "source", "sourcetype", "index", "time" }.Select(name => rows[0][name]!.DeepClone())]).ToJsonString());
        Assert.Equal((DeliveryStatus.Active, null), (one().Status, one().Loop!.LastError));
    }

    [Fact]
    public async Task Event_that_is_refused_by_its_number_is_a_dead_letter_and_the_rest_is_delivered()
    {
        _collector.Answer = (post, _) => Splunk(post).ToList().FindIndex(row => row["event"]!["clientIp"]!.GetValue<string>() == Address(7)) is >= 0 and var at
            ? (400, $$"""{"text":"Invalid data format","code":6,"invalid-event-number":{{at}}}""") : (200, """{"text":"Success","code":0}""");
        var one = await CreateAsync(await StartAsync(), "splunk", """{"ServiceToken":"token"}""");
        await AddFlowsAsync(20);

        await DeliveredAsync(one, 19);

        Assert.Equal(1, one().Channels[0].Progress.DeadLettered);
        var taken = _collector.Posts.SelectMany(Splunk).Select(row => row["event"]!["clientIp"]!.GetValue<string>()).ToArray();
        // All of them, those before it, and then itself five times.
        Assert.Equal(7, taken.Count(address => address == Address(7)));
        Assert.Equal(20, taken.Distinct().Count());
        Assert.Equal(
            $"{Address(7)}\t1",
            await Database.SqlAsync("""
                SELECT JSONExtractString(event, 'clientIp'), reason LIKE '%Invalid data format%' AND refused_on >= today() - 1 FROM forwarding_dead_letters
                """));
    }

    [Fact]
    public async Task Target_that_lets_nobody_in_is_failing_and_loses_nothing()
    {
        _collector.Answer = (_, _) => (401, """{"text":"Token disabled","code":1}""");
        var one = await CreateAsync(await StartAsync(), "splunk", """{"ServiceToken":"token"}""");
        await AddFlowsAsync(10);
        await Patience.UntilAsync("it is failing", () => one().Status == DeliveryStatus.Failing);
        Assert.Contains("401", one().Loop!.LastError, StringComparison.Ordinal);

        _collector.Answer = (_, _) => (200, """{"text":"Success","code":0}""");

        await DeliveredAsync(one, 10);
        Assert.Equal(0, one().Channels[0].Progress.LostEvents);
    }

    [Fact]
    public async Task Splunk_that_acknowledges_is_asked_until_it_has()
    {
        var asked = 0;
        _collector.Answer = (post, _) => post.Path.StartsWith("/services/collector/ack?channel=", StringComparison.Ordinal)
            ? (200, ++asked > 1 ? """{"acks":{"3":true}}""" : """{"acks":{"3":false}}""") : (200, """{"text":"Success","code":0,"ackId":3}""");
        var one = await CreateAsync(await StartAsync(), "splunk", """{"ServiceToken":"token","UseAck":true}""");
        await AddFlowsAsync(5);

        await DeliveredAsync(one, 5);

        Assert.Equal(2, asked);
        Assert.Single(_collector.Posts, post => post.Path == "/services/collector/event");
    }

    [Fact]
    public async Task Collector_of_Otlp_gets_log_records_and_refuses_some()
    {
        _collector.Answer = (post, before) => before == 0 ? (429, "")
            : post.Body.Contains($"\\u0022{Address(2)}\\u0022", StringComparison.Ordinal)
            ? (200, """{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}""") : (200, """{"partialSuccess":{}}""");
        var one = await CreateAsync(await StartAsync(), "otlp", """{"Secret":"s"}""");
        await AddFlowsAsync(4);

        await DeliveredAsync(one, 3);

        Assert.Equal(1, one().Channels[0].Progress.DeadLettered);
        var post = _collector.Posts.First();
        Assert.Equal(("/v1/logs", "application/json"), (post.Path, post.Headers["Content-Type"]));
        var record = JsonNode.Parse(post.Body)!["resourceLogs"]![0]!["scopeLogs"]![0]!["logRecords"]![0]!;
        Assert.Equal(("1778580000000000000", 13), (record["timeUnixNano"]!.GetValue<string>(), record["severityNumber"]!.GetValue<int>()));
        Assert.Equal(Address(0), JsonNode.Parse(record["body"]!["stringValue"]!.GetValue<string>())!["clientIp"]!.GetValue<string>());
    }

    [Fact]
    public async Task Restart_goes_on_where_it_was_with_the_filter_and_nothing_of_a_deleted_one()
    {
        var first = await StartAsync();
        var one = await CreateAsync(first, "webhook", """{"Secret":"s"}""", "direction = in and not clientipv4 = 10.1.0.3");
        var deleted = await CreateAsync(first, "webhook", """{"Secret":"s"}""");
        await first.DeleteAsync(deleted().Integration.Id, CancellationToken.None);
        await AddFlowsAsync(5);
        await DeliveredAsync(one, 4);
        await first.StopAsync(CancellationToken.None);
        await AddFlowsAsync(2);

        var second = await StartAsync();

        Assert.Equal(one().Integration.Id, Assert.Single(second.All).Integration.Id);
        await DeliveredAsync(() => second.All[0], 6);
        var events = _collector.Posts.SelectMany(post => JsonNode.Parse(post.Body)!["events"]!.AsArray()).Select(row => row!["clientIp"]!.GetValue<string>());
        Assert.Equal(new[] { 0, 1, 2, 4, 5, 6 }.Select(Address), events);
        var more = await CreateAsync(second, "webhook", """{"Secret":"s"}""");
        Assert.True(more().Integration.Id > deleted().Integration.Id);
    }

    [Fact]
    public async Task What_was_gone_before_it_was_delivered_is_counted_as_lost()
    {
        _collector.Answer = (_, _) => (503, "");
        var first = await StartAsync();
        var one = await CreateAsync(first, "webhook", """{"Secret":"s"}""");
        await AddFlowsAsync(30);
        await Patience.UntilAsync("they were counted", () => one().Channels[0].Behind == 30);
        await first.StopAsync(CancellationToken.None);
        await Database.SqlAsync("ALTER TABLE traffic DELETE WHERE traffic_in_out_ip < '10.1.0.2' SETTINGS mutations_sync = 2");
        var left = long.Parse(await Database.SqlAsync("SELECT count() FROM traffic"), CultureInfo.InvariantCulture);
        _collector.Answer = (_, _) => (200, "");

        var second = await StartAsync();

        await DeliveredAsync(() => second.All[0], left);
        var progress = second.All[0].Channels[0].Progress;
        Assert.Equal((30 - left, true), (progress.LostEvents, progress.LostFrom > 0 && progress.LostTo >= progress.LostFrom));
        var finding = Assert.Single(await new ForwardingCheck(second).LookAsync(CancellationToken.None));
        Assert.Contains($"lost {30 - left} events", finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Place_ahead_of_the_store_goes_back_to_it()
    {
        var first = await StartAsync();
        var one = await CreateAsync(first, "webhook", """{"Secret":"s"}""");
        await AddFlowsAsync(3);
        await DeliveredAsync(one, 3);
        await first.StopAsync(CancellationToken.None);
        // An older state of the store came back.
        await Database.SqlAsync("TRUNCATE TABLE traffic");
        _complete -= 1000;
        var second = await StartAsync();
        await Patience.UntilAsync("it went back", () => second.All[0].Channels[0].Front.Sequence == _complete);

        await AddFlowsAsync(2);

        await DeliveredAsync(() => second.All[0], 5);
    }

    [Fact]
    public async Task Syslog_over_Tcp_is_confirmed_by_the_other_system_and_sent_again_when_it_breaks()
    {
        await using var receiver = new SyslogSink();
        var one = await CreateAsync(await StartAsync(), "syslog", $$"""{"ServicePort":{{receiver.Port}}}""", url: "127.0.0.1");
        await AddFlowsAsync(3);
        await Patience.UntilAsync("they came", () => receiver.Messages.Count == 3);
        Assert.All(receiver.Messages, message => Assert.StartsWith("<133>1 2026-05-12T10:00:00.000000Z ", message, StringComparison.Ordinal));
        Assert.Equal(0, one().Channels[0].Progress.Passed);

        receiver.Reset();

        // Nothing else arrives: that the connection broke is seen all the same.
        await Patience.UntilAsync("they came again", () => receiver.Messages.Count == 6);
        Assert.Equal(receiver.Messages.Take(3), receiver.Messages.Skip(3));
        Assert.Equal(3, one().Channels[0].FrontPassed);
    }

    private static string Address(int n) => $"10.1.0.{n}";

    private static IEnumerable<JsonNode> Splunk(CollectedPost post)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(post.Body), new JsonReaderOptions { AllowMultipleValues = true });
        var rows = new List<JsonNode>();
        while (reader.Read())
        {
            rows.Add(JsonNode.Parse(ref reader)!);
        }

        return rows;
    }

    private static Task DeliveredAsync(Func<ForwardedIntegration> one, long events) =>
        Patience.UntilAsync($"{events} events are delivered", () => one().Channels[0].Progress.Delivered == events);

    private async Task<EventForwarding> StartAsync()
    {
        var cluster = ClickHouseCluster.Of(Client);
        var channel = new FlowChannel(
            new FlowQueryRunner(cluster, new RetentionWindow(0), new QueryOptions()), new StoreSecrets(new StoreFacts(cluster)), cluster: null,
            () => Volatile.Read(ref _complete));
        var forwarding = new EventForwarding(
            new ForwardingOptions(), [channel], new TargetAddresses([IPNetwork.Parse("127.0.0.0/8")], IPAddress.Any, []), cluster,
            TimeProvider.System, new ForwardingMetrics(Meters.New()), NullLogger<EventForwarding>.Instance)
        {
            FirstRetry = TimeSpan.FromMilliseconds(5),
        };
        _running.Add(forwarding);
        await forwarding.StartAsync(CancellationToken.None);
        return forwarding;
    }

    private async Task<Func<ForwardedIntegration>> CreateAsync(
        EventForwarding forwarding, string type, string connection, string filter = "", string? url = null)
    {
        var body = JsonNode.Parse($$"""
            {"name":"{{type}}","type":"{{type}}","connectionInfo":{{connection}} }
            """)!;
        body["filter"] = filter;
        body["connectionInfo"]!["ServiceURL"] = url ?? _collector.Url.ToString();
        var created = await forwarding.CreateAsync(JsonSerializer.SerializeToElement(body), CancellationToken.None);
        var id = created!.Integration.Id;
        return () => forwarding.Find(id) ?? created;
    }

    /// <summary>Flows in the order of their addresses, behind those that there are.</summary>
    private async Task AddFlowsAsync(int count)
    {
        var begin = long.Parse(await Database.SqlAsync("SELECT count() FROM traffic"), CultureInfo.InvariantCulture);
        var micros = Math.Max(_complete, (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        await Database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port,
                decision, time_stamp, arrival_day, version, sequence)
            SELECT UUIDStringToNum(toString(generateUUIDv4())), 'shop-0', 'shop', '10.0.0.1', 8080, 'TCP', 'INGRESS', concat('10.1.0.', toString(number)), 0,
                'DROP', toDateTime64('2026-05-12 10:00:00', 6, 'UTC'), today(), 4294967295 - toUnixTimestamp(now()), {micros} + number
            FROM numbers({begin}, {count})
            """);
        Volatile.Write(ref _complete, micros + begin + count);
    }
}
