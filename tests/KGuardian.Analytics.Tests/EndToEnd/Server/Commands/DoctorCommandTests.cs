using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>The doctor as a command: whom it asks, what it prints, and how it ends.</summary>
public sealed class DoctorCommandTests
{
    [Fact]
    public async Task Doctor_asks_the_server_of_the_data_directory_and_then_the_store_itself()
    {
        await using var store = await RemoteStore.CreateAsync();
        (string, string)[] settings = [.. store.Settings, ("KGUARDIAN_DATA_DIR", store.DataDirectory)];
        await using (var server = await store.StartServerAsync())
        {
            await server.Api.PostBatchAsync(RealFlows.Events);

            (int ExitCode, string Output, string Error) asked = (0, "", "");
            await Patience.UntilAsync("the server's own check is asked", async () =>
                (asked = await ServerProgram.RunAsync(["doctor"], settings)).Output
                    .Contains("104 flows are known: all there are", StringComparison.Ordinal));
            Assert.EndsWith(" warnings\n", asked.Output, StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync());
        }

        var (exitCode, output, error) = await ServerProgram.RunAsync(["doctor", "--json"], settings);

        Assert.Equal("", error);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(exitCode, report.GetProperty("status").GetString() switch { "ok" => 0, "warning" => 3, _ => 4 });
        Assert.Contains("No server runs", report.GetProperty("findings")[0].GetProperty("what").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_end_with_3_and_errors_with_4_and_each_says_what_to_do()
    {
        await using var store = await RemoteStore.CreateAsync();
        (string, string)[] settings = [.. store.Settings, ("KGUARDIAN_DATA_DIR", store.DataDirectory)];
        await using var server = await store.StartServerAsync();
        // The name is missing, and so is everything else.
        using (var answer = await server.Api.PostAsync("/pod/traffic/batch", "[{}]"))
        {
            Assert.True(answer.IsSuccessStatusCode);
        }

        await Patience.UntilAsync("the rejected event is stored", async () => await store.SqlAsync("SELECT count() FROM kguardian.rejected_events") == "1");

        (int ExitCode, string Output, string Error) warned = (0, "", "");
        await Patience.UntilAsync("the doctor gets its answers", async () =>
            (warned = await ServerProgram.RunAsync(["doctor"], settings)).Output.Contains(" -> SELECT * FROM", StringComparison.Ordinal)
            && !warned.Output.Contains("error    ingest", StringComparison.Ordinal));
        await store.SqlAsync("INSERT INTO kguardian.schema_migrations (version, name, checksum) VALUES (999, 'later', 'x')");
        (int ExitCode, string Output, string Error) failed = (0, "", "");
        await Patience.UntilAsync("the doctor gets its answers", async () =>
            (failed = await ServerProgram.RunAsync(["doctor", "--json"], settings)).Output.Contains("knows versions up to", StringComparison.Ordinal));

        // The disk may be low and the engine in trouble by other tests: those are warnings, or errors of this machine.
        Assert.True(warned.ExitCode == 3 || warned.Output.Contains("error    disk", StringComparison.Ordinal), warned.Output);
        // Not the warning of a check that got no answer.
        Assert.Contains("warning  rejected events", warned.Output, StringComparison.Ordinal);
        Assert.Equal(4, failed.ExitCode);
        Assert.All(
            JsonDocument.Parse(failed.Output).RootElement.GetProperty("findings").EnumerateArray()
                .Where(finding => finding.GetProperty("severity").GetString() != "ok"),
            finding => Assert.NotEmpty(finding.GetProperty("todo").GetString()!));
    }

    [Fact]
    public async Task Server_that_is_not_there_ends_with_1()
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(["doctor", "--server", "http://127.0.0.1:1"]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("127.0.0.1:1", error, StringComparison.Ordinal);
    }
}
