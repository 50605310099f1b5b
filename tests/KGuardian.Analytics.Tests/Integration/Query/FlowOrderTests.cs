using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Tests.Integration.Query.Filters;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>Walks over pages against a model of the order: every uuid is the same, few times, texts that are null, empty or no ASCII.</summary>
public sealed class FlowOrderTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string?[] Texts = [null, "", "a", "A", "10.0.0.1", "é", "😀", "\u0000", "'\\"];
    private static readonly int[] Ports = [-2, -1, 0, 80, 65_616, 65_535];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Walk_shows_every_flow_once_in_order_while_flows_come_and_go(int seed)
    {
        var random = new Random(Fuzz.Seed(seed));
        var flows = Flows(random, 300);
        await using var table = await RandomFlows.CreateAsync(flows[..200]);
        var reader = new FlowReader(table.Client.Runner(), TimeProvider.System);
        var (there, late) = (flows[..200].ToList(), new Queue<StoredFlow>(flows[200..]));
        for (var walk = 0; walk < 6; walk++)
        {
            var newestFirst = walk % 2 == 0;
            var filter = walk % 3 == 2 ? FlowFilter.Parse("decision exists") : FlowFilter.Everything;
            bool Passes(StoredFlow flow) => walk % 3 != 2 || flow.Decision is not null;
            var (stays, seen) = (there.Where(Passes).ToHashSet(), new List<StoredFlow>());
            FlowKeyset? after = null;
            do
            {
                var limit = random.Next(1, 60);
                var (rows, next) = await reader.PageAsync(
                    new FlowSelection(new TimeWindow(Day, Day.AddDays(1)), filter), FlowTable.Shown, newestFirst, after, limit, default);
                Assert.True(rows.Count == limit || next is null);
                seen.AddRange(Read(rows));
                after = next;
                if (random.Next(2) == 0 && late.TryDequeue(out var added))
                {
                    await table.AddAsync([added]);
                    there.Add(added);
                }

                // The very flow that the cursor names goes.
                if (random.Next(3) == 0 && next is not null)
                {
                    var gone = seen[^1];
                    await table.Client.ExecuteAsync(
                        new ClickHouseQuery("ALTER TABLE traffic DELETE WHERE pod_name = {name:String}")
                            .With("name", gone.PodName!).WithSetting("mutations_sync", "1"));
                    there.Remove(there.Single(flow => flow.PodName == gone.PodName));
                }
            }
            while (after is not null);

            Assert.Equal(seen.Select(flow => flow.PodName).Distinct(), seen.Select(flow => flow.PodName));
            Assert.Equal(Sorted(seen, newestFirst).Select(flow => flow.PodName), seen.Select(flow => flow.PodName));
            Assert.Empty(stays.Select(flow => flow.PodName).Except(seen.Select(flow => flow.PodName)));
        }
    }

    private static StoredFlow[] Flows(Random random, int count) =>
        [.. Enumerable.Range(0, 20 * count).Select(_ => new StoredFlow
        {
            Id = Guid.Empty, PodIp = Texts[random.Next(Texts.Length)], PodPort = Ports[random.Next(Ports.Length)],
            TrafficType = Texts[random.Next(Texts.Length)], TrafficInOutIp = Texts[random.Next(Texts.Length)],
            TrafficInOutPort = Ports[random.Next(Ports.Length)], IpProtocol = Texts[random.Next(Texts.Length)],
            Decision = Texts[random.Next(Texts.Length)],
            TimeStamp = $"2026-03-01 12:00:00.00000{random.Next(3)}",
        }).DistinctBy(flow => flow.Key).Take(count).Select((flow, n) => flow with { PodName = $"{n}" })];

    private static IEnumerable<StoredFlow> Sorted(IEnumerable<StoredFlow> flows, bool newestFirst)
    {
        var ascending = flows.OrderBy(flow => flow.TimeStamp, StringComparer.Ordinal)
            .ThenBy(flow => Bytes(flow.PodIp), StringComparer.Ordinal).ThenBy(flow => flow.PodPort)
            .ThenBy(flow => Bytes(flow.TrafficType), StringComparer.Ordinal)
            .ThenBy(flow => Bytes(flow.TrafficInOutIp), StringComparer.Ordinal).ThenBy(flow => flow.TrafficInOutPort)
            .ThenBy(flow => Bytes(flow.IpProtocol), StringComparer.Ordinal).ThenBy(flow => Bytes(flow.Decision), StringComparer.Ordinal);
        return newestFirst ? ascending.Reverse() : ascending;
    }

    // By bytes, as ClickHouse compares; null before the empty text.
    private static string? Bytes(string? text) => text is null ? null : Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static IEnumerable<StoredFlow> Read(JsonRows rows)
    {
        using var json = JsonDocument.Parse($"[{Encoding.UTF8.GetString(rows.Bytes)}]");
        return [.. json.RootElement.EnumerateArray().Select(row => new StoredFlow
        {
            Id = Guid.Empty, PodName = Text(row, "pod_name"), PodIp = Text(row, "pod_ip"), PodPort = Code(Text(row, "pod_port")),
            TrafficType = Text(row, "traffic_type"), TrafficInOutIp = Text(row, "traffic_in_out_ip"),
            TrafficInOutPort = Code(Text(row, "traffic_in_out_port")), IpProtocol = Text(row, "ip_protocol"), Decision = Text(row, "decision"),
            TimeStamp = Text(row, "time_stamp")!,
        })];

        static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();
        static int Code(string? port) =>
            port switch { null => -1, "" => -2, "080" => 65_616, _ => int.Parse(port, System.Globalization.CultureInfo.InvariantCulture) };
    }
}
