using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Exports.Sources;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KGuardian.Analytics.Tests.Integration.Exports;

/// <summary>Schedules with a real store and real files, by a clock that the test moves.</summary>
public sealed class ExportSchedulerTests() : DatabaseTest(isMigrated: true)
{
    private readonly TestDirectory _directory = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 20, 10, 0, 30, TimeSpan.Zero));
    private readonly List<(string Address, long Sequence)> _flows = [];
    private ArrivalSequence _arrivals = null!;
    private ExportScheduler _exports = null!;
    private bool _mayExpire = true;

    private string Files => Path.Combine(_directory.Path, "exports");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _exports.DisposeAsync();
        _directory.Dispose();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_flow_is_in_exactly_one_file_whatever_happens(int seed)
    {
        var random = new Random(seed);
        var id = (await CreateAsync("""{"cron": "* * * * *"}""")).Id;
        for (var step = 0; step < 25; step++)
        {
            await AddFlowsAsync(random.Next(4), TimeSpan.FromHours(random.Next(-2000, 3)));
            switch (random.Next(6))
            {
                case 0:
                    await _exports.DisposeAsync();
                    await AddFlowsAsync(random.Next(3), TimeSpan.Zero);
                    Move(TimeSpan.FromSeconds(random.Next(-240, 240)));
                    // What a killed export leaves.
                    await File.WriteAllTextAsync(Path.Combine(Files, $"{ExportId.NewFile()}.draft"), "cut");
                    await StartAsync();
                    break;
                case 1:
                    Move(TimeSpan.FromSeconds(random.Next(-240, 0)));
                    break;
                case 2:
                    await _exports.RunAsync(id);
                    // Before it has begun, or within.
                    await _exports.DisposeAsync();
                    await StartAsync();
                    break;
                default:
                    Move(TimeSpan.FromSeconds(random.Next(20, 150)));
                    break;
            }

            await SettleAsync();
        }

        Move(TimeSpan.FromMinutes(20));
        await SettleAsync();

        var found = _exports.Files.SelectMany(file => RowsOf(file).Select(address => (address, file))).ToArray();
        Assert.Equal(_flows.Select(flow => flow.Address).Order(), found.Select(row => row.address).Order());
        Assert.All(found, row => Assert.InRange(_flows.First(flow => flow.Address == row.address).Sequence, row.file.From, row.file.To - 1));
        var files = _exports.Files.OrderBy(file => file.To).ThenBy(file => file.From).ToArray();
        Assert.All(files.Zip(files.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.Equal(files.Length, Directory.GetFiles(Files).Length);
    }

    [Theory]
    [InlineData("run", 1, "10:00:30-10:04:00")]
    [InlineData("skip", 0, "")]
    public async Task Runs_that_a_server_that_was_down_missed_are_one_file_or_none(string catchUp, int files, string window)
    {
        var schedule = await CreateAsync("""{"cron": "* * * * *"}""", ("catchUp", catchUp));
        await AddFlowsAsync(2, TimeSpan.Zero);
        await _exports.DisposeAsync();
        Move(TimeSpan.FromMinutes(3) + TimeSpan.FromSeconds(45));

        await StartAsync();
        await SettleAsync();

        Assert.Equal(files, _exports.Files.Count);
        Assert.Equal(window, string.Join(' ', _exports.Files.Select(WindowOf)));
        Assert.Equal(2 * files, _exports.Files.Sum(file => file.Rows));
        // The next one begins where it would have anyway.
        Move(TimeSpan.FromMinutes(1));
        await SettleAsync();
        Assert.Contains("10:04:00-10:05:00", _exports.Files.Select(WindowOf));
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 10, 6, 0, TimeSpan.Zero), ExportScheduler.NextOf(_exports.Find(schedule.Id)!));
    }

    [Fact]
    public async Task Run_that_fails_is_tried_again_for_the_same_file_and_bounds()
    {
        var schedule = await CreateAsync("""{"everySeconds": 3600}""");
        await AddFlowsAsync(3, TimeSpan.Zero);
        Directory.Delete(Files);
        Move(TimeSpan.FromHours(1));
        _exports.Look();
        await Patience.UntilAsync("it failed", () => Find().Run is { } run && _exports.TroubleOf(run) is not null);
        var failed = Find().Run!;
        Assert.Contains("exports", _exports.TroubleOf(failed)!.Reason, StringComparison.Ordinal);
        Assert.Contains("fails, 1 times", Assert.Single(await new ExportsCheck(_exports).LookAsync(CancellationToken.None)).What, StringComparison.Ordinal);
        Directory.CreateDirectory(Files);

        // By hand it is tried at once.
        Assert.Equal(new RunOrder(RunResult.Accepted, failed.FileId, "all", null), await _exports.RunAsync(schedule.Id));
        await SettleAsync();

        var file = Assert.Single(_exports.Files);
        Assert.Equal((failed.FileId, failed.From, failed.To, 3), (file.FileId, file.From, file.To, file.Rows));
        Assert.Contains("none is in trouble", Assert.Single(await new ExportsCheck(_exports).LookAsync(CancellationToken.None)).What, StringComparison.Ordinal);

        ExportSchedule Find() => _exports.Find(schedule.Id)!;
    }

    [Fact]
    public async Task Files_go_when_their_time_has_come_unless_the_clock_is_doubted()
    {
        var schedule = await CreateAsync("""{"cron": "0 0 1 1 *"}""", ("keepDays", 2));
        await RunAsync(schedule.Id);
        _mayExpire = false;
        Move(TimeSpan.FromDays(2));
        var file = Assert.Single(_exports.Files);
        Assert.Null(_exports.FindFile(file.FileId));

        _mayExpire = true;
        _exports.Look();

        await Patience.UntilAsync("it is gone", () => _exports.Files.Count == 0 && Directory.GetFiles(Files).Length == 0);
        await _exports.DisposeAsync();
        await StartAsync();
        Assert.Empty(_exports.Files);
    }

    [Fact]
    public async Task Oldest_files_are_pushed_out_and_one_that_is_too_large_is_none()
    {
        await _exports.DisposeAsync();
        await StartAsync(maxBytes: 1000);
        var schedule = await CreateAsync("""{"cron": "0 0 1 1 *"}""");
        var made = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            // 16 rows of some 25 bytes.
            await AddFlowsAsync(16, TimeSpan.Zero);
            made.Add(await RunAsync(schedule.Id));
        }

        Assert.Equal(made.TakeLast(2), _exports.Files.Select(file => file.FileId));
        Assert.True(Directory.GetFiles(Files).Sum(path => new FileInfo(path).Length) <= 1000);
        await AddFlowsAsync(100, TimeSpan.Zero);
        Move(TimeSpan.FromSeconds(1));
        await _exports.RunAsync(schedule.Id);
        await Patience.UntilAsync("it failed", () => _exports.Find(schedule.Id)!.Run is { } run && _exports.TroubleOf(run) is not null);
        Assert.Contains("Exports:MaxBytes", _exports.TroubleOf(_exports.Find(schedule.Id)!.Run!)!.Reason, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Files).Length);
    }

    [Fact]
    public async Task Files_and_rows_agree_after_a_start()
    {
        var schedule = await CreateAsync("""{"cron": "0 0 1 1 *"}""");
        var (lost, cut, kept) = (await RunAsync(schedule.Id), await RunAsync(schedule.Id), await RunAsync(schedule.Id));
        await _exports.DisposeAsync();
        File.Delete(Path.Combine(Files, $"{lost}.ndjson"));
        await File.WriteAllTextAsync(Path.Combine(Files, $"{cut}.ndjson"), "x");
        await File.WriteAllTextAsync(Path.Combine(Files, $"{ExportId.NewFile()}.csv"), "of nobody");
        await Database.SqlAsync("""
            INSERT INTO export_reports (created_on, file_id, version, document)
            VALUES (today(), 'x', 1, '{"FileId":"../../x","ScheduleId":"s","ReportType":"flows","Sha256":""}')
            """);

        await StartAsync();

        Assert.Equal(kept, Assert.Single(_exports.Files).FileId);
        Assert.Equal([$"{kept}.ndjson"], Directory.GetFiles(Files).Select(Path.GetFileName));
        await _exports.DeleteAsync(schedule.Id);
        Assert.Empty(Directory.GetFiles(Files));
        await _exports.DisposeAsync();
        await StartAsync();
        Assert.Empty(_exports.All);
        Assert.Empty(_exports.Files);
    }

    [Fact]
    public async Task Disabling_keeps_the_place_and_what_passed_meanwhile_is_in_the_next_file()
    {
        var schedule = await CreateAsync("""{"cron": "* * * * *"}""");
        await AddFlowsAsync(1, TimeSpan.Zero);
        await _exports.ReplaceAsync(schedule.Id, Body("""{"cron": "* * * * *"}""", ("enabled", false)));
        Move(TimeSpan.FromMinutes(10));
        Assert.Equal(RunResult.Disabled, (await _exports.RunAsync(schedule.Id)).Result);
        await SettleAsync();
        Assert.Empty(_exports.Files);

        await _exports.ReplaceAsync(schedule.Id, Body("""{"cron": "* * * * *"}"""));
        await SettleAsync();
        Assert.Empty(_exports.Files);
        Assert.Equal(RunResult.Busy, (await _exports.RunAsync(schedule.Id)).Result);
        Move(TimeSpan.FromMinutes(1));
        await SettleAsync();

        var file = Assert.Single(_exports.Files);
        Assert.Equal(("10:00:30-10:11:00", 1), (WindowOf(file), file.Rows));
    }

    private static string WindowOf(ExportFile file) => string.Create(
        CultureInfo.InvariantCulture,
        $"{DateTime.UnixEpoch.AddMicroseconds(file.From):HH:mm:ss}-{DateTime.UnixEpoch.AddMicroseconds(file.To):HH:mm:ss}");

    private static JsonElement Body(string times, params (string Name, JsonNode Value)[] more)
    {
        var body = new JsonObject
        {
            ["name"] = "all",
            ["reportType"] = "flows",
            ["format"] = "ndjson",
            ["fields"] = new JsonArray("traffic_in_out_ip"),
            ["keepDays"] = 365,
            ["schedule"] = JsonNode.Parse(times),
        };
        foreach (var (name, value) in more)
        {
            body[name] = value;
        }

        return JsonSerializer.SerializeToElement(body);
    }

    private string[] RowsOf(ExportFile file)
    {
        using var content = _exports.Open(_exports.FindFile(file.FileId)!)!;
        using var reader = new StreamReader(content);
        var rows = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. rows.Select(row => JsonNode.Parse(row)!["traffic_in_out_ip"]!.GetValue<string>())];
    }

    private async Task<ExportSchedule> CreateAsync(string times, params (string Name, JsonNode Value)[] more) =>
        (await _exports.CreateAsync(Body(times, more)))!;

    private async Task<string> RunAsync(string schedule)
    {
        Move(TimeSpan.FromSeconds(1));
        var order = await _exports.RunAsync(schedule);
        Assert.Equal(RunResult.Accepted, order.Result);
        await SettleAsync();
        Assert.Contains(_exports.Files, file => file.FileId == order.FileId);
        return order.FileId!;
    }

    /// <summary>The machine's clock, back too.</summary>
    private void Move(TimeSpan time)
    {
        if (time > TimeSpan.Zero)
        {
            _clock.Advance(time);
        }
        else
        {
            _clock.AdjustTime(_clock.GetUtcNow() + time);
        }
    }

    /// <summary>What is due has run.</summary>
    private async Task SettleAsync()
    {
        _exports.Look();
        await Patience.UntilAsync(
            "what is due has run",
            () => _exports.All.All(schedule => (schedule.Run is null || !schedule.Enabled) && !(ExportScheduler.NextOf(schedule) <= _clock.GetUtcNow())));
    }

    private async Task StartAsync(long maxBytes = 1 << 20)
    {
        var cluster = ClickHouseCluster.Of(Client);
        var options = new ExportOptions { MaxBytes = maxBytes };
        var runner = new FlowQueryRunner(cluster, new RetentionWindow(0), new QueryOptions { IsBackground = true });
        ExportSource[] sources = [new FlowSource(runner, _clock)];
        var arrivals = new ArrivalSequence(_clock);
        arrivals.ResumeAfter(_flows.Select(flow => flow.Sequence).DefaultIfEmpty().Max());
        _arrivals = arrivals;
        var order = new ExportOrder(SealAsync, SealAsync);
        var files = new FileStore(Files);
        _exports = new ExportScheduler(
            options, sources, new ExportRunner(sources, order, new StoreSecrets(new StoreFacts(cluster)), files, options, _clock), files, null, cluster, _clock,
            () => _mayExpire, new ExportMetrics(Meters.New()), NullLogger<ExportScheduler>.Instance);
        arrivals.ResumeAfterOther(await _exports.PrepareAsync(CancellationToken.None) - 1);
        await _exports.StartAsync(CancellationToken.None);

        Task SealAsync(long place, CancellationToken cancellationToken)
        {
            arrivals.ResumeAfterOther(place - 1);
            return Task.CompletedTask;
        }
    }

    /// <summary>Flows that arrive now, and were seen at another time.</summary>
    private async Task AddFlowsAsync(int count, TimeSpan seen)
    {
        if (count == 0)
        {
            return;
        }

        var first = _arrivals.Allocate(count);
        var begin = _flows.Count;
        var time = (_clock.GetUtcNow() + seen).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        await Database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port,
                decision, time_stamp, arrival_day, version, sequence)
            SELECT UUIDStringToNum(toString(generateUUIDv4())), 'shop-0', 'shop', '10.0.0.1', 8080, 'TCP', 'INGRESS', concat('a', toString(number)), 0,
                'DROP', toDateTime64('{time}', 6, 'UTC'), toDate('2026-11-20'), 4294967295 - toUnixTimestamp(now()), {first - begin} + number
            FROM numbers({begin}, {count})
            """);
        _flows.AddRange(Enumerable.Range(0, count).Select(n => ($"a{begin + n}", first + n)));
    }
}
