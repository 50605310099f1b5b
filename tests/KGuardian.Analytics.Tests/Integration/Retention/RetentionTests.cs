using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Retention;

/// <summary>Flows expire whole days after their arrival, for reads and for dedup at once.</summary>
public sealed class RetentionTests
{
    private const string Rows = "SELECT count() AS value FROM traffic";

    [Fact]
    public async Task Expired_flow_is_hidden_and_counts_as_new_before_its_partition_is_dropped()
    {
        await using var store = await RunningStore.StartAsync(days: 2);
        var old = FlowEvent.Many("old", 3);
        Assert.Equal(3, await store.PostAsync(old));
        Assert.Equal(3, (await store.ReadAsync()).Length);

        await store.PassAsync(days: 2);
        Assert.Equal(0, await store.PostAsync(old));
        Assert.Equal(3, (await store.ReadAsync()).Length);

        await store.PassAsync(days: 1);
        Assert.Empty(await store.ReadAsync());
        Assert.Equal(1, await store.PostAsync(old[0]));
        Assert.Equal(0, await store.PostAsync(old[0]));
        Assert.Equal([old[0].Uuid!], await store.ReadAsync());
        Assert.Equal(4, await store.NumberAsync(Rows));

        var dropped = await store.Policy.SweepAsync(CancellationToken.None);
        Assert.Contains(dropped, partition => partition is { TableName: "traffic", Rows: 3, Bytes: > 0 });
        Assert.Equal([old[0].Uuid!], await store.ReadAsync());
        Assert.Equal(1, await store.NumberAsync(Rows));
        Assert.Equal(2, await store.PostAsync(old));
        Assert.Equal(0, await store.PostAsync(old));
    }

    [Fact]
    public async Task Flows_that_keep_their_age_expire_by_it_and_are_known_until_then()
    {
        await using var store = await RunningStore.StartAsync(days: 30);
        // Day 30 is the oldest that is kept; the last one is of a clock that is ahead.
        int[] ages = [31, 30, 29, 7, 0, -5];
        var today = store.Clock.Today.ToDateTime(new TimeOnly(12, 0));
        var flows = ages.Select((age, n) => FlowEvent.Of("aged", n) with { TimeStamp = $"{today.AddDays(-age):yyyy-MM-dd'T'HH:mm:ss}.000000" }).ToArray();
        Assert.Equal(1, await store.PostAsync(flows[3]));

        Assert.Equal((4, 1), await store.ImportAsync(flows));
        Assert.Equal((0, 1), await store.ImportAsync(flows));
        Assert.Equal(5, (await store.ReadAsync()).Length);
        Assert.Equal("30 29 0 0 0", await DaysAsync());
        // Arrived now, whatever their days are: a tail sees them behind all that was there.
        Assert.Equal(flows[3].Uuid, (await store.ArrivalsAsync())[0]);

        await store.RestartAsync(days: 30);
        Assert.Equal((0, 1), await store.ImportAsync(flows));
        await store.PassAsync(days: 1);
        Assert.Equal(4, (await store.ReadAsync()).Length);
        Assert.Equal((0, 2), await store.ImportAsync(flows));
        Assert.Equal([(1, "traffic")], (await store.Policy.SweepAsync(CancellationToken.None)).Select(dropped => ((int)dropped.Rows, dropped.TableName)));
        Assert.Equal("29 0 0 0", await DaysAsync());
        Assert.Equal(0, await store.PostAsync(flows[2..]));
        Assert.Equal(2, await store.PostAsync(flows));

        Task<string> DaysAsync() => store.Client.QuerySingleAsync<string>(new ClickHouse.Client.ClickHouseQuery(
            "SELECT arrayStringConcat(groupArray(toString({today:Date} - arrival_day)), ' ') AS value "
                + "FROM (SELECT arrival_day FROM traffic ORDER BY arrival_day)")
            .With("today", DateOnly.FromDateTime(today)));
    }

    [Fact]
    public async Task Flows_of_two_hundred_days_are_one_insert()
    {
        await using var store = await RunningStore.StartAsync(days: 0);
        var today = store.Clock.Today.ToDateTime(new TimeOnly(12, 0));
        var flows = Enumerable.Range(0, 200).Select(n => FlowEvent.Of("years", n) with { TimeStamp = $"{today.AddDays(-3 * n):yyyy-MM-dd'T'HH:mm:ss}.000000" });

        Assert.Equal((200, 0), await store.ImportAsync([.. flows]));
        Assert.Equal(200, (await store.ReadAsync()).Length);
        Assert.Equal(123, await store.NumberAsync("SELECT toInt64(uniqExact(arrival_day)) AS value FROM traffic"));
    }

    [Fact]
    public async Task Expired_flow_counts_as_new_when_the_index_cannot_hold_all_flows()
    {
        await using var store = await RunningStore.StartAsync(days: 1, memoryBytes: 1);
        var flows = FlowEvent.Many("many", 600);
        Assert.Equal(600, await store.PostAsync(flows));
        Assert.Equal(0, await store.PostAsync(flows));

        await store.PassAsync(days: 2);
        Assert.Equal(600, await store.PostAsync(flows));
        Assert.Equal(0, await store.PostAsync(flows));
        Assert.Equal(600, (await store.ReadAsync()).Length);
    }

    [Theory]
    [InlineData(14, "13 14")]
    [InlineData(0, "13 14 15 400")]
    public async Task Verdicts_are_kept_for_their_own_days(int days, string left)
    {
        await using var store = await RunningStore.StartAsync(days: 2, verdictDays: days);
        // Ids are units of 100 microseconds since 2026, above the nine bits of the server.
        await store.Client.ExecuteAsync(new ClickHouse.Client.ClickHouseQuery("""
            INSERT INTO audit_verdicts (id, dst_pod)
            SELECT toUInt64(today() + 500 - age - toDate('2026-01-01')) * 512 * 864000000 + 7, toString(age)
            FROM (SELECT arrayJoin([13, 14, 15, 400]) AS age)
            """));
        await store.Client.ExecuteAsync(new ClickHouse.Client.ClickHouseQuery("""
            INSERT INTO forwarding_dead_letters (refused_on, reason) SELECT today() + 500 - age, toString(age) FROM (SELECT arrayJoin([6, 7, 8]) AS age)
            """));
        await store.Client.ExecuteAsync(new ClickHouse.Client.ClickHouseQuery("""
            INSERT INTO export_reports (created_on, file_id) SELECT today() + 500 - age, toString(age) FROM (SELECT arrayJoin([365, 430]) AS age)
            """));
        await store.PassAsync(days: 500);

        await store.Policy.SweepAsync(CancellationToken.None);

        Assert.Equal("365", await store.Client.QuerySingleAsync<string>(new ClickHouse.Client.ClickHouseQuery(
            "SELECT arrayStringConcat(arraySort(groupArray(file_id)), ' ') AS value FROM export_reports")));
        Assert.Equal("6 7", await store.Client.QuerySingleAsync<string>(new ClickHouse.Client.ClickHouseQuery(
            "SELECT arrayStringConcat(arraySort(groupArray(reason)), ' ') AS value FROM forwarding_dead_letters")));
        Assert.Equal(left, await store.Client.QuerySingleAsync<string>(new ClickHouse.Client.ClickHouseQuery(
            "SELECT arrayStringConcat(groupArray(dst_pod), ' ') AS value FROM (SELECT dst_pod FROM audit_verdicts ORDER BY id DESC)")));
    }

    [Fact]
    public async Task Change_hides_drops_and_forgets_at_once_and_survives_a_restart()
    {
        await using var store = await RunningStore.StartAsync(days: 30);
        var flows = FlowEvent.Many("change", 5);
        Assert.Equal(5, await store.PostAsync(flows));
        await store.PassAsync(days: 10);
        Assert.Equal(1, await store.PostAsync(FlowEvent.Of("new", 1)));
        await store.Ingest.FlushAsync();

        var preview = await store.Policy.PreviewAsync(7, CancellationToken.None);
        Assert.Equal((7, 5L, store.Clock.Today.AddDays(-7)), (preview.Days, preview.Rows, preview.OldestDay));
        Assert.Single(preview.Partitions);
        Assert.Equal(6, (await store.ReadAsync()).Length);

        Assert.Equal(30, await store.Policy.ChangeAsync(7, CancellationToken.None));
        Assert.Single(await store.ReadAsync());
        Assert.Equal(1, await store.NumberAsync(Rows));

        await store.RestartAsync(days: 30);
        Assert.Equal(7, store.Policy.Days);
        Assert.Equal(5, await store.PostAsync(flows));

        await store.Policy.ChangeAsync(14, CancellationToken.None);
        await store.Policy.ChangeAsync(9, CancellationToken.None);
        await store.RestartAsync(days: 30);
        Assert.Equal(9, store.Policy.Days);
        Assert.Equal(6, (await store.ReadAsync()).Length);
    }

    [Fact]
    public async Task Expired_day_never_shows_again_when_more_days_are_kept()
    {
        await using var store = await RunningStore.StartAsync(days: 1);
        var flow = FlowEvent.Of("again", 1);
        Assert.Equal(1, await store.PostAsync(flow));
        await store.Ingest.FlushAsync();
        await store.PassAsync(days: 2);
        Assert.Equal(1, await store.PostAsync(flow));

        // The old row is still in the table: shown, it would double the flow.
        store.Window.Set(30, 0);
        Assert.Single(await store.ReadAsync());
        Assert.Equal(2, await store.NumberAsync(Rows));
    }

    [Fact]
    public async Task Flow_of_the_journal_that_expired_before_the_restart_is_new()
    {
        await using var store = await RunningStore.StartAsync(days: 1);
        var flow = FlowEvent.Of("journal", 1);
        Assert.Equal(1, await store.PostAsync(flow));
        await store.Ingest.FlushAsync();
        await store.PassAsync(days: 2);
        await store.RestartAsync(days: 1);
        Assert.Empty(await store.ReadAsync());
        Assert.Equal(1, await store.PostAsync(flow));
    }

    [Fact]
    public async Task Zero_days_keep_flows_for_ever()
    {
        await using var store = await RunningStore.StartAsync(days: 0);
        Assert.Equal(1, await store.PostAsync(FlowEvent.Of("ever", 1)));
        await store.PassAsync(days: 20_000);
        Assert.Single(await store.ReadAsync());
        Assert.Empty(await store.Policy.SweepAsync(CancellationToken.None));
        Assert.Equal(0, await store.PostAsync(FlowEvent.Of("ever", 1)));
    }

    [Fact]
    public async Task Counts_and_reads_stay_exact_while_days_pass_and_partitions_are_dropped()
    {
        const int Flows = 200, Writers = 4, Days = 5;
        await using var store = await RunningStore.StartAsync(days: 1);
        var flows = FlowEvent.Many("race", Flows);
        var done = false;
        var counted = new int[Writers];
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            while (!Volatile.Read(ref done))
            {
                counted[writer] += await store.PostAsync(random.GetItems(flows, 50));
            }
        })).ToArray();
        // Each has a life that ends, however slowly the writers begin.
        await Patience.UntilAsync("each flow was posted", async () => (await store.ReadAsync()).Length == Flows);
        for (var day = 0; day < Days; day++)
        {
            for (var read = 0; read < 3; read++)
            {
                var shown = await store.ReadAsync();
                // However the days pass: no flow shows twice.
                Assert.Equal(shown.Length, shown.Distinct().Count());
            }

            await store.PassAsync(days: 1);
            await store.Policy.SweepAsync(CancellationToken.None);
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(writers);
        counted[0] += await store.PostAsync(flows);
        Assert.Equal(Flows, (await store.ReadAsync()).Distinct().Count());
        Assert.Equal(Flows, (await store.ReadAsync()).Length);
        Assert.Equal(Flows, await store.NumberAsync($"SELECT count() AS value FROM traffic WHERE arrival_day >= '{store.Window.OldestDay:yyyy-MM-dd}'"));
        // Each flow is counted once in each of its lives; a life ends after two days.
        Assert.InRange(counted.Sum(), Flows * 2, Flows * ((Days / 2) + 1));
    }

    [Fact]
    public async Task Reads_wait_for_nothing_and_show_nothing_before_the_retention_is_known()
    {
        var window = new RetentionWindow();

        await Assert.ThrowsAsync<StoreNotReadyException>(() => window.RunAsync(_ => Task.FromResult(1)));
        window.Set(3, 0);
        Assert.Equal(1, await window.RunAsync(_ => Task.FromResult(1)));
    }

    [Fact]
    public async Task Nothing_is_said_or_changed_before_the_retention_is_known()
    {
        await using var store = await RunningStore.StartAsync(days: 30);
        var window = new RetentionWindow();
        await using var policy = new RetentionPolicy(
            ClickHouseCluster.Of(store.Client), window, new RetentionOptions { Days = 30 }, () => { },
            isShared: false, store.Believed, NullLogger<RetentionPolicy>.Instance);
        Assert.False(window.IsKnown);
        Assert.Throws<StoreNotReadyException>(() => policy.Days);

        await Assert.ThrowsAsync<StoreNotReadyException>(() => policy.ChangeAsync(7, CancellationToken.None));
        Assert.False(window.IsKnown);
        await store.RestartAsync(days: 30);
        Assert.Equal(30, store.Policy.Days);

        var findings = await new Doctor(store.Client, [new RetentionCheck(store.Client, window), new DiskCheck(store.Client, window)])
            .ExamineAsync(CancellationToken.None);
        var retention = Assert.Single(findings, finding => finding.Check == "retention");
        Assert.Equal((Severity.Warning, "It could not be looked at: the retention that was set has not been read yet"), (retention.Severity, retention.What));
        Assert.Contains(findings, finding => finding.Check == "disk" && finding.What.Contains(" free of ", StringComparison.Ordinal));

        await policy.LoadAsync(CancellationToken.None);
        Assert.Equal(30, policy.Days);
    }

    [Fact]
    public async Task Read_that_the_window_overtakes_starts_again()
    {
        var window = new RetentionWindow(3);
        window.Raise(20_000);
        var seen = new List<DateOnly>();

        await window.RunAsync(oldest =>
        {
            seen.Add(oldest);
            window.Raise((ushort)(seen.Count == 1 ? 20_001 : 0));
            return Task.FromResult(0);
        });

        Assert.Equal([DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(20_000), DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(20_001)], seen);
    }

    [Theory]
    [InlineData("2026-03-01T23:59:59.999Z", 0.001)]
    [InlineData("2026-03-01T00:00:00Z", 3600)]
    [InlineData("2026-03-01T10:15:00Z", 2700)]
    public void Sweep_comes_at_the_next_full_hour(string now, double seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            RetentionPolicy.UntilNextSweep(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)));
}
