using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Tests.Engine;

namespace KGuardian.Analytics.Tests.Query;

/// <summary>Pages of rare and of frequent values read little, each its own way; 2,000 pods talk to a frequent peer, one to a rare one.</summary>
public sealed class PagePlannerTests : IAsyncLifetime
{
    private const int Rows = 2_000_000;

    private static readonly TimeWindow Window = new(new(2026, 5, 12, 0, 0, 0, TimeSpan.Zero), new(2026, 5, 13, 0, 0, 0, TimeSpan.Zero));

    private TestDatabase _database = null!;
    private ClickHouseClient _client = null!;
    private FlowReader _reader = null!;

    public async Task InitializeAsync()
    {
        _database = await TestClients.CreateMigratedDatabaseAsync();
        await _database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, traffic_in_out_ip, traffic_in_out_port, time_stamp, arrival_day, version)
            SELECT UUIDStringToNum(toString(generateUUIDv4(number))), concat('pod-', toString(number % 2000)), if(number % 1000000 = 7, 'rare', 'ns'),
                concat('10.1.', toString(intDiv(number % 2000, 256)), '.', toString(number % 256)), number % 60000,
                multiIf(number % 1000000 = 7, '2001:DB8::7', number % 10 = 3, '10.96.0.10', concat('10.9.0.', toString(number % 2000 % 250))),
                number % 65536, toDateTime64('2026-05-12', 6, 'UTC') + number / 100, '2026-05-12', 1
            FROM numbers({Rows})
            """);
        _client = _database.Client();
        _reader = new FlowReader(ClickHouseCluster.Of(_client), TestClients.KeepAll, new QueryOptions(), TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("peer_ip = 2001:db8::7", 2)]
    [InlineData("namespace = rare", 2)]
    [InlineData("peer_ip = 10.96.0.10", 100)]
    [InlineData("namespace = ns", 100)]
    [InlineData("peer_ip = 192.0.2.1", 0)]
    public async Task Page_of_a_value_reads_a_small_part_of_the_table(string filter, int expected)
    {
        var selection = new FlowSelection(Window, FlowFilter.Parse(filter));

        var (rows, next) = await _reader.PageAsync(selection, FlowColumn.All, newestFirst: true, after: null, limit: 100, default);

        Assert.Equal(expected, rows.Count);
        Assert.Equal(expected == 100, next is not null);
        Assert.InRange(rows.Summary.ReadRows, 0, Rows / 8);
    }
}
