using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Retention;

/// <summary>The views of dashboards, which ask ClickHouse past every server, show the days that a server shows.</summary>
public sealed class RetentionViewTests
{
    private const int DaysStored = 40;

    /// <summary>Each day is a part, and each part a dozen syncs of a disk that may be busy.</summary>
    private static readonly TimeSpan FillLimit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Nothing_shows_before_a_server_has_said_how_many_days_are_kept()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        await FillAsync(client);

        Assert.Equal("0", await database.SqlAsync("SELECT count() FROM flows"));
        Assert.Equal("0", await database.SqlAsync("SELECT count() FROM flow_activity"));
        Assert.Equal(@"\N", await database.SqlAsync("SELECT oldest_day FROM retention"));
    }

    [Theory]
    [InlineData(0, DaysStored)]
    [InlineData(1, 2)]
    [InlineData(7, 8)]
    [InlineData(30, 31)]
    [InlineData(36_500, DaysStored)]
    public async Task Days_of_the_configuration_show_also_those_that_are_not_dropped_yet(int days, int shown)
    {
        await using var store = await RunningStore.StartAsync(days);
        await FillAsync(store.Client);

        await AssertShownAsync(store, shown);
    }

    [Fact]
    public async Task Other_days_of_the_configuration_count_after_a_restart_and_bring_nothing_back()
    {
        await using var store = await RunningStore.StartAsync(days: 9);
        await FillAsync(store.Client);
        await AssertShownAsync(store, 10);

        await store.RestartAsync(days: 3);
        await AssertShownAsync(store, 4);

        await store.RestartAsync(days: 9);
        await AssertShownAsync(store, 4);
        await store.RestartAsync(days: 9);
        Assert.Equal(3, await store.NumberAsync("SELECT count() AS value FROM store WHERE name = 'retention_days_in_effect'"));
    }

    [Fact]
    public async Task Change_at_runtime_shows_at_once_and_what_expired_never_shows_again()
    {
        await using var store = await RunningStore.StartAsync(days: 30);
        await FillAsync(store.Client);
        await AssertShownAsync(store, 31);

        await store.Policy.ChangeAsync(5, CancellationToken.None);
        // Rows that could not be dropped, say.
        await store.Client.ExecuteAsync(new ClickHouseQuery("TRUNCATE TABLE traffic"));
        await store.Client.ExecuteAsync(new ClickHouseQuery("TRUNCATE TABLE traffic_activity"));
        await FillAsync(store.Client);
        await AssertShownAsync(store, 6);

        foreach (var days in new[] { 20, 0, 9 })
        {
            await store.Policy.ChangeAsync(days, CancellationToken.None);
            await FillAsync(store.Client);
            Assert.Equal(store.Window.OldestDay.DayNumber, await OldestAsync(store));
            Assert.Equal(6, await DaysShownAsync(store, "flows"));
            Assert.Equal(6, await DaysShownAsync(store, "flow_activity"));
        }

        // Also when the server forgets: nothing was dropped since.
        await store.RestartAsync(days: 30);
        await FillAsync(store.Client);
        Assert.Equal(6, await DaysShownAsync(store, "flows"));
        Assert.Equal(store.Window.OldestDay.DayNumber, await OldestAsync(store));
    }

    /// <summary>A flow and its repeat of each of the last days.</summary>
    private static async Task FillAsync(ClickHouseClient client)
    {
        await client.ExecuteAsync(new ClickHouseQuery($"""
            INSERT INTO traffic (uuid, pod_name, pod_ip, pod_port, traffic_in_out_port, time_stamp, arrival_day, version)
            SELECT reinterpretAsFixedString(generateUUIDv4(number)), 'pod', '10.0.0.1', toInt32(number), 443, now64(6), toDate(now('UTC')) - number, 1 FROM numbers({DaysStored})
            """) { TimeLimit = FillLimit });
        await client.ExecuteAsync(new ClickHouseQuery($"""
            INSERT INTO traffic_activity
            SELECT number, toDateTime64(toStartOfHour(now('UTC')), 0, 'UTC'), 1, now64(6), toDate(now('UTC')) - number FROM numbers({DaysStored})
            """) { TimeLimit = FillLimit });
    }

    private static async Task AssertShownAsync(RunningStore store, int days)
    {
        Assert.Equal(store.Window.OldestDay.DayNumber, await OldestAsync(store));
        Assert.Equal(days, await DaysShownAsync(store, "flows"));
        Assert.Equal(days, await DaysShownAsync(store, "flow_activity"));
    }

    private static Task<long> DaysShownAsync(RunningStore store, string view) => store.NumberAsync($"SELECT uniqExact(arrival_day) AS value FROM {view}");

    private static async Task<int> OldestAsync(RunningStore store) =>
        DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber
            + (int)await store.NumberAsync("SELECT toUInt16(assumeNotNull(oldest_day)) AS value FROM retention");
}
