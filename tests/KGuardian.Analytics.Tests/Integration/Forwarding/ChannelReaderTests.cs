using System.Globalization;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Delivery;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Tests.Integration.Forwarding;

/// <summary>A backlog is read whole and in order, however queries grow and shrink on the way.</summary>
public sealed class ChannelReaderTests() : DatabaseTest(isMigrated: true)
{
    /// <summary>Queries of 500, 2000, 8000 and 32,000 rows, of which the last is not full; behind it come flows that are not to be read yet.</summary>
    private const int Flows = 30_000;

    [Theory]
    [InlineData("", 0, false)]
    [InlineData("", 0, true)]
    [InlineData("serverport = 443", 0, false)]
    [InlineData("serverport = 443", 9_999, true)]
    [InlineData("serverport = 1", 0, false)]
    public async Task Backlog_is_read_once_and_in_its_order(string filter, int after, bool isSlow)
    {
        await Database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_ip, pod_port, traffic_in_out_ip, traffic_in_out_port, traffic_type, time_stamp, arrival_day, version, sequence)
            SELECT unhex(''), 'shop-0', concat('10.0.', toString(cityHash64(number) % 200), '.1'), number + 40000, '10.1.0.1', [443, 80, 53][number % 3 + 1],
                'EGRESS', now64(6), today(), 0, number + 1
            FROM numbers({Flows + 500})
            """);
        var cluster = ClickHouseCluster.Of(Client);
        var channel = new FlowChannel(
            new FlowQueryRunner(cluster, new RetentionWindow(0), new QueryOptions()), new StoreSecrets(new StoreFacts(cluster)), cluster: null, () => Flows);
        await using var reader = new ChannelReader(
            channel, channel.ParseFilter(filter, TimeProvider.System.GetUtcNow()), isSlow ? new SteppingClock() : TimeProvider.System);
        await reader.GoToAsync(new EventPlace(after, ""));
        using var batch = new EventBatch();
        var read = new List<long>();

        while (reader.HasMore)
        {
            await reader.FillAsync(batch, CancellationToken.None);
            read.AddRange(Enumerable.Range(0, batch.Count).Select(at => batch[at].Place.Sequence));
        }

        var expected = Enumerable.Range(after + 1, Flows - after).Select(sequence => (long)sequence);
        Assert.Equal(
            expected.Where(sequence => filter.Length == 0 || filter.EndsWith(Port(sequence), StringComparison.Ordinal)), read);
        Assert.Equal(Flows, reader.At.Sequence);
    }

    private static string Port(long sequence) => $" {new[] { 443, 80, 53 }[(sequence - 1) % 3].ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Five seconds go by between two looks at it: queries do not grow, or shrink.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long _time;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _time += 5;
    }
}
