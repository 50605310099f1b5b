using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Tests.Integration.Forwarding;

/// <summary>What integrations get of secure events.</summary>
public sealed class SecureEventChannelTests() : DatabaseTest(isMigrated: true)
{
    [Fact]
    public async Task Events_come_in_the_order_in_which_they_were_raised_and_simulated_ones_only_when_they_are_named()
    {
        // The later event was raised first.
        await Database.SqlAsync("""
            INSERT INTO secure_events (rule, severity, event_hash, sequence, origin, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type,
                traffic_in_out_ip, traffic_in_out_port, decision, time_stamp, arrival_day, policy_name, policy_namespace)
            VALUES ('flow-dropped', 3, 11, 101, 1, 'shop-0', 'shop', '10.0.0.1', 8080, 'TCP', 'INGRESS', '10.0.0.2', 50000, 'DROP', '2026-05-12 10:00:02',
                today(), '', ''),
                ('flow-dropped', 3, 12, 102, 2, 'shop-1', 'shop', '10.0.0.3', 0, 'TCP', 'EGRESS', 'fd00::1', 443, 'DROP', '2026-05-12 10:00:01',
                today(), '', ''),
                ('policy-would-deny', 4, 13, 103, 3, 'shop-2', 'shop', NULL, 8080, 'TCP', 'INGRESS', NULL, -1, NULL, '2026-05-12 10:00:00',
                today(), 'deny', 'shop')
            """);
        var channel = Channel();

        Assert.Equal(["shop-0", "shop-1"], (await ReadAsync(channel, "", 0)).Select(Pod));
        Assert.Equal(["shop-1"], (await ReadAsync(channel, "", 101)).Select(Pod));
        Assert.Equal(["shop-2"], (await ReadAsync(channel, "category = simulation", 0)).Select(Pod));
        Assert.Equal(["shop-0", "shop-1", "shop-2"], (await ReadAsync(channel, "not ruleName = nothing", 0)).Select(Pod));
        Assert.Equal(["shop-1"], (await ReadAsync(channel, "direction = out and serverport = 443", 0)).Select(Pod));
        var backlog = await channel.CountAsync(FlowFilter.Everything, EventPlace.Begin, 101, 200, CancellationToken.None);
        Assert.Equal((2, 1, 101), (backlog.Events, backlog.KnownEvents, backlog.First));
    }

    [Fact]
    public async Task Event_has_what_the_list_shows_and_no_cursor()
    {
        await Database.SqlAsync("""
            INSERT INTO secure_events (rule, severity, event_hash, sequence, origin, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type,
                traffic_in_out_ip, traffic_in_out_port, decision, time_stamp, arrival_day)
            VALUES ('flow-dropped', 2, 18446744073709551615, 9007199254740993, 1, 'shop-0', 'shop', 'fd00::2', 8080, 'TCP', 'INGRESS', 'fd00::1', 50000,
                'DROP', '2026-05-12 10:00:02.000001', today())
            """);

        var (found, json) = Assert.Single(await ReadAsync(Channel(), "", 0));

        Assert.Equal(
            (9007199254740993, "18aec916a7d2d7e8ffffffffffffffff", 2, "flow-dropped"), (found.Place.Sequence, found.Id, found.Severity, found.Kind));
        Assert.Equal(
            "id namespace pod clientIp clientPort serverIp serverPort protocol decision", string.Join(' ', found.Fields.Select(field => field.Name)));
        Assert.Null(json["cursor"]);
        Assert.Equal(found.Id, json["id"]!.GetValue<string>());
        Assert.Equal("[fd00::1]:50000->[fd00::2]:8080", json["content"]!["fields"]!["fd.name"]!.GetValue<string>());
    }

    [Fact]
    public void Filter_about_repeats_is_refused()
    {
        var channel = Channel();

        Assert.Throws<FilterException>(() => channel.ParseFilter("count > 3", DateTimeOffset.UnixEpoch));
        Assert.Throws<FilterException>(() => channel.ParseFilter("severity = 3 and not last_seen > 2026-01-01", DateTimeOffset.UnixEpoch));
    }

    private static string Pod((ForwardedEvent Event, JsonNode Json) read) => read.Json["content"]!["fields"]!["pod_name"]!.GetValue<string>();

    private SecureEventChannel Channel()
    {
        var cluster = ClickHouseCluster.Of(Client);
        return new SecureEventChannel(
            new FlowQueryRunner(cluster, new RetentionWindow(0), new QueryOptions()), new StoreSecrets(new StoreFacts(cluster)), cluster: null, () => 0);
    }

    private static async Task<List<(ForwardedEvent Event, JsonNode Json)>> ReadAsync(SecureEventChannel channel, string filter, long after)
    {
        var read = new List<(ForwardedEvent, JsonNode)>();
        var parsed = channel.ParseFilter(filter, DateTimeOffset.UnixEpoch);
        await foreach (var row in channel.ReadAsync(parsed, new EventPlace(after, ""), long.MaxValue, 10, CancellationToken.None))
        {
            var buffer = new ArrayBufferWriter<byte>();
            using var json = new Utf8JsonWriter(buffer);
            var found = channel.Write(row, json);
            json.Flush();
            read.Add((found, JsonNode.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan))!));
        }

        return read;
    }
}
