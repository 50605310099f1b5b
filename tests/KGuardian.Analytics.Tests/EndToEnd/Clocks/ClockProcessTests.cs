using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Clocks;

/// <summary>Real servers whose machine's clock is set wrong, running or before they start.</summary>
public sealed class ClockProcessTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly TestDirectory _tools = new();

    public void Dispose()
    {
        _directory.Dispose();
        _tools.Dispose();
    }

    [Fact]
    public async Task Clock_that_steps_two_days_ahead_and_back_loses_and_doubles_nothing_and_is_seen_everywhere()
    {
        Needs.Programs("cc");
        using var clock = await ShiftedProcessClock.BuildAsync(_tools.Path);
        (string, string)[] settings = [("KGUARDIAN_RETENTION__DAYS", "1"), .. clock.Environment];
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 5);
        await using (var server = await ServerProcess.StartAsync(_directory.Path, settings))
        {
            Assert.Equal(5, await server.Api.PostBatchAsync(flows));
            clock.Set(TimeSpan.FromDays(2));

            Assert.Equal(5, (await server.Api.GetPodAsync(flows[0].PodName!)).Length);
            Assert.Equal(0, await server.Api.PostBatchAsync(flows));
            await Patience.UntilAsync("the hold is counted", async () => await server.Api.GetMetricAsync("kguardian_clock_holds_total") == 1);
            Assert.Equal(1, await server.Api.GetMetricAsync("kguardian_retention_held"));
            Assert.InRange(await server.Api.GetMetricAsync("kguardian_clock_difference_seconds"), 172_790, 172_810);
            Assert.Contains("2 d 0 h ahead of", await TextAsync(server, "/health"), StringComparison.Ordinal);
            Assert.Contains("Nothing expires and no day is dropped until the clock is believed", server.Log, StringComparison.Ordinal);
            Assert.True((await JsonAsync(server, "/api/v1/admin/clock")).GetProperty("held").GetBoolean());
            var finding = (await JsonAsync(server, "/api/v1/admin/doctor")).GetProperty("findings").EnumerateArray()
                .Single(finding => finding.GetProperty("check").GetString() == "clock");
            Assert.Equal("error", finding.GetProperty("severity").GetString());
            await Patience.UntilAsync(
                "the audit log has it",
                async () => (await TextAsync(server, "/api/events/audit")).Contains("retention.hold", StringComparison.Ordinal));
            var (exitCode, output, _) = await ServerProgram.RunAsync(["clock"], ("KGUARDIAN_DATA_DIR", _directory.Path));
            Assert.Equal(3, exitCode);
            Assert.Contains("Nothing expires", output, StringComparison.Ordinal);

            clock.Set(TimeSpan.Zero);
            await Patience.UntilAsync("the clock is believed again", async () => await server.Api.GetMetricAsync("kguardian_retention_held") == 0);
            Assert.Equal("Healthy!", await TextAsync(server, "/health"));
            Assert.Equal(0, await server.Api.PostBatchAsync(flows));
            Assert.Equal(5, (await server.Api.GetPodAsync(flows[0].PodName!)).Length);
            Assert.Equal(0, await server.StopAsync());
        }

        await using var next = await ServerProcess.StartAsync(_directory.Path, settings);
        Assert.Equal(0, await next.Api.PostBatchAsync(flows));
        Assert.Equal(5, (await next.Api.GetPodAsync(flows[0].PodName!)).Length);
        Assert.Equal("""{"flows":5,"exact":true}""", Counted(await JsonAsync(next, "/api/v1/flows/count?from=2026-01-01")));
    }

    [Fact]
    public async Task Start_at_a_time_forty_days_ahead_drops_nothing_and_one_in_1970_loses_nothing()
    {
        Needs.Programs("cc");
        using var clock = await ShiftedProcessClock.BuildAsync(_tools.Path);
        // As on a machine without a clock chip.
        clock.Set(DateTimeOffset.UnixEpoch - DateTimeOffset.UtcNow);
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 5);
        await using (var server = await ServerProcess.StartAsync(_directory.Path, clock.Environment))
        {
            Assert.Equal(5, await server.Api.PostBatchAsync(flows));
            Assert.Contains("before this program was made", await TextAsync(server, "/health"), StringComparison.Ordinal);
            clock.Set(TimeSpan.Zero);
            await Patience.UntilAsync("the clock is believed", async () => await server.Api.GetMetricAsync("kguardian_retention_held") == 0);
            Assert.Equal(0, await server.Api.PostBatchAsync(flows));
            Assert.Equal(5, (await server.Api.GetPodAsync(flows[0].PodName!)).Length);
            await server.KillAsync();
        }

        clock.Set(TimeSpan.FromDays(40));
        await using (var server = await ServerProcess.StartAsync(_directory.Path, clock.Environment))
        {
            Assert.Equal(5, (await server.Api.GetPodAsync(flows[0].PodName!)).Length);
            Assert.Equal(1, await server.Api.GetMetricAsync("kguardian_retention_held"));
            Assert.Equal(0, await server.StopAsync());
        }

        clock.Set(TimeSpan.Zero);
        await using var last = await ServerProcess.StartAsync(_directory.Path, clock.Environment);
        Assert.Equal(0, await last.Api.GetMetricAsync("kguardian_retention_held"));
        Assert.Equal(0, await last.Api.PostBatchAsync(flows));
        Assert.Equal(5, (await last.Api.GetPodAsync(flows[0].PodName!)).Length);
    }

    [Fact]
    public async Task Administrator_confirms_a_clock_that_is_right_and_flows_keep_their_days()
    {
        Needs.Programs("cc");
        using var clock = await ShiftedProcessClock.BuildAsync(_tools.Path);
        clock.Set(TimeSpan.FromDays(-10));
        // A first start believes what it is told, if it is possible.
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 5);
        await using var server = await ServerProcess.StartAsync(_directory.Path, [("KGUARDIAN_RETENTION__DAYS", "1"), .. clock.Environment]);
        Assert.Equal(5, await server.Api.PostBatchAsync(flows));
        clock.Set(TimeSpan.Zero);
        await Patience.UntilAsync("the clock is not believed", async () => await server.Api.GetMetricAsync("kguardian_retention_held") == 1);

        var (exitCode, output, error) = await ServerProgram.RunAsync(["clock", "--confirm"], ("KGUARDIAN_DATA_DIR", _directory.Path));

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_retention_held"));
        // Ten days were passed over, of which these flows lived through none.
        Assert.Equal(0, await server.Api.PostBatchAsync(flows));
        Assert.Equal(5, (await server.Api.GetPodAsync(flows[0].PodName!)).Length);
        await Patience.UntilAsync(
            "the audit log has it", async () => (await TextAsync(server, "/api/events/audit")).Contains("clock.confirm", StringComparison.Ordinal));
    }

    private static string Counted(JsonElement count) =>
        $$"""{"flows":{{count.GetProperty("flows").GetRawText()}},"exact":{{count.GetProperty("exact").GetRawText()}}}""";

    private static async Task<string> TextAsync(ServerProcess server, string path)
    {
        using var answer = await server.Api.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<JsonElement> JsonAsync(ServerProcess server, string path) => JsonDocument.Parse(await TextAsync(server, path)).RootElement;
}
