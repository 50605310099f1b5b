using System.Globalization;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Import;

/// <summary><c>import postgres --keep-age</c>: flows are kept as if they had arrived on the day of their own time.</summary>
public sealed class ImportAgeTests : IAsyncLifetime
{
    private const int Days = 7;
    private const int FlowsADay = 300;

    private readonly TestDirectory _directory = new();
    private readonly PostgresCluster _postgres = new();
    private RemoteStore _store = null!;

    [Fact]
    public async Task Server_killed_meanwhile_has_every_flow_once_on_its_day_and_in_the_tail()
    {
        await RunningStore.AwaitMidnightAsync();
        var pod = FlowEvent.NewPod();
        var noon = DateTime.UtcNow.Date.AddHours(12);
        FlowEvent Aged(int n, int age) => FlowEvent.Of(pod, n) with
        {
            TimeStamp = noon.AddDays(-age).AddMilliseconds(n).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        };
        // Two days more than are kept. One of the older flows was seen again later: that it is the same flow is of no account, as only one is kept.
        var flows = Enumerable.Range(0, (Days + 3) * FlowsADay).Select(n => Aged(n, n / FlowsADay)).ToArray();
        var older = flows.Where((_, n) => n / FlowsADay > Days).ToArray();
        var again = older[7] with { Uuid = Guid.NewGuid().ToString("D"), TimeStamp = Aged(1, 1).TimeStamp };
        var twice = flows[7] with { Uuid = Guid.NewGuid().ToString("D"), TimeStamp = Aged(7, -3).TimeStamp };
        FlowEvent[] kept = [.. flows.Except(older), again];
        var database = await _postgres.CreateAsync(BrokerRows.Traffic);
        await _postgres.AddAsync(database, [.. flows, again, twice]);
        // What is acknowledged is in the journal alone, until somebody reads.
        (string, string)[] settings =
            [("KGUARDIAN_RETENTION__DAYS", $"{Days}"), ("KGUARDIAN_INGEST__LOADINTERVAL", "01:00:00"), ("LISTEN_ADDR", $"127.0.0.1:{FixedPort.Choose()}")];
        var server = await _store.StartServerAsync(settings);
        try
        {
            using var tail = new TailClient($"filter=pod={pod}&from=-1h");
            var importing = ServerProgram.RunAsync(Arguments(server.Api.Address, database, "first", "--rate", "1500"));
            await Patience.UntilAsync("flows are acknowledged", async () => await KnownAsync(server.Api) > 500);
            await tail.OpenAsync(server.Api);
            await tail.ReadAsync(100);
            await server.KillAsync();
            await server.DisposeAsync();
            server = await _store.StartServerAsync(settings);
            await tail.OpenAsync(server.Api);
            var first = await importing;

            Assert.True(first.ExitCode == 0, first.Error);
            var report = JsonNode.Parse(first.Output)!.AsObject();
            Assert.Equal((flows.Length + 2, kept.Length, older.Length, 1, 0), Numbers(report));
            Assert.Contains(report["notes"]!.AsArray(), note => ((string)note!).Contains("Retention:Days", StringComparison.Ordinal));
            Assert.Equal(FlowEvent.NewestFirst(kept), await server.Api.GetPodAsync(pod));
            Assert.Equal("1", await _store.SqlAsync($"""
                SELECT min(arrival_day = toDate(time_stamp)) AND count() = {kept.Length} AND uniqExact(arrival_day) = {Days + 1} FROM kguardian.traffic
                """));
            await tail.ReadAsync(kept.Length);
            Assert.Equal(kept.Select(row => row.Uuid).Order(), tail.Events.Select(row => row.Uuid).Order());

            var second = JsonNode.Parse(
                (await ServerProgram.RunAsync(Arguments(server.Api.Address, database, "second"))).Output)!.AsObject();
            Assert.Equal((flows.Length + 2, 0, older.Length, 1, 0), Numbers(second, stored: "stored"));
            var mixed = await ServerProgram.RunAsync(
                [.. Arguments(server.Api.Address, database, "first", "--anew").Where(argument => argument != "--keep-age")]);
            Assert.Equal((older.Length - 1, 0), (
                (int)ImportServer.Table(JsonNode.Parse(mixed.Output)!.AsObject(), "flows")["stored"]!, mixed.ExitCode));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        Assert.SkipWhen(_postgres.Missing is not null, _postgres.Missing ?? "");
        _store = await RemoteStore.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        _directory.Dispose();
    }

    /// <summary>Of flows: read, new or known through a lost answer, older, duplicates, unexplained.</summary>
    private static (int, int, int, int, int) Numbers(JsonObject report, string? stored = null)
    {
        var flows = ImportServer.Table(report, "flows");
        int Of(string name) => (int)flows[name]!;
        return (Of("read"), stored is null ? Of("stored") + Of("known_before") : Of(stored), Of("older"), Of("duplicates"), Of("unexplained"));
    }

    private static async Task<long> KnownAsync(ApiClient api) =>
        (long)JsonNode.Parse(await api.GetTextAsync("/api/v1/admin/import"))!["flows"]!;

    private string[] Arguments(Uri server, string database, string state, params string[] others) =>
    [
        "import", "postgres", "--from", _postgres.UrlOf(database), "--server", server.ToString(), "--state", Path.Combine(_directory.Path, state),
        "--keep-age", "--json", .. others,
    ];
}
