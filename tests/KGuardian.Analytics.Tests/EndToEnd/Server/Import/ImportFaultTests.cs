using System.Diagnostics;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Import;

/// <summary><c>import postgres</c> that is killed, and whose server goes away.</summary>
public sealed class ImportFaultTests(ImportServer server) : IClassFixture<ImportServer>, IDisposable
{
    private const int Rows = 6_000;

    private readonly TestDirectory _directory = new();

    private string State => Path.Combine(_directory.Path, "state");

    [Fact]
    public async Task Killed_import_goes_on_behind_what_was_acknowledged()
    {
        var (pod, database) = await FillAsync();
        var duplicate = FlowEvent.Of(pod, 3) with { Uuid = Guid.NewGuid().ToString("D"), TimeStamp = "2026-05-20T00:00:00.000000" };
        var bad = FlowEvent.Of(pod, 1) with { Uuid = "none" };
        await server.Postgres.AddAsync(database, [duplicate, bad]);
        await KillAfterAsync(1_000, database);

        var (other, otherOutput, otherError) = await ServerProgram.RunAsync(
            server.Arguments(await server.Postgres.CreateAsync(BrokerRows.Traffic), State));
        var done = (int)JsonNode.Parse(await File.ReadAllTextAsync(State))!["tables"]!["flows"]!["rows"]!;
        var (exitCode, flows, report) = await server.ImportAsync(database, State);

        Assert.Equal((2, ""), (other, otherOutput));
        Assert.Contains("--anew", otherError, StringComparison.Ordinal);
        Assert.InRange(done, 1_000, Rows);
        Assert.Equal((3, 2), (exitCode, (int)report["runs"]!));
        Assert.Equal(
            (Rows + 2, Rows, 1, 1),
            ((int)flows["read"]!, (int)flows["stored"]! + (int)flows["known_before"]!, (int)flows["duplicates"]!, (int)flows["rejected"]!));
        Assert.Equal(0, (int)flows["unexplained"]!);
        // What was on its way then, no more: four requests of a second's 500 rows.
        Assert.InRange((int)flows["known_before"]!, 0, 2_000);
        Assert.Single(await File.ReadAllLinesAsync((string)report["rejects_file"]!));
        Assert.Equal(Rows, (await server.Api.GetPodAsync(pod)).Length);
    }

    [Fact]
    public async Task Rows_that_came_in_before_the_position_are_not_missed()
    {
        var (pod, database) = await FillAsync();
        await KillAfterAsync(1_000, database);
        var late = FlowEvent.Of(pod, Rows) with { TimeStamp = "2026-05-01T00:00:00.000000" };
        await server.Postgres.AddAsync(database, [late]);

        var (exitCode, flows, _) = await server.ImportAsync(database, State);

        Assert.Equal((0, Rows + 1), (exitCode, (int)flows["read"]!));
        Assert.Equal(Rows + 1, (await server.Api.GetPodAsync(pod)).Length);
    }

    [Fact]
    public async Task Server_that_goes_away_refuses_and_loses_answers_gets_every_row_once()
    {
        var (pod, database) = await FillAsync();
        await using var relay = new TcpRelay(server.Address);
        relay.Inject(RelayFault.Error500, "/import/flows", times: 2);
        var arguments = server.Arguments(database, State, "--rate", "2000");
        arguments[Array.IndexOf(arguments, "--server") + 1] = relay.Address.ToString();

        var importing = ServerProgram.RunAsync(arguments);
        await Patience.UntilAsync("requests were refused", () => relay.Done >= 2);
        relay.Inject(RelayFault.LostAnswer, "/import/flows");
        await Patience.UntilAsync("an answer was lost", () => relay.Done >= 3);
        relay.GoAway();
        relay.Open();
        var (exitCode, output, error) = await importing;

        Assert.True(exitCode == 0, error);
        Assert.Contains("waiting for it", error, StringComparison.Ordinal);
        Assert.Contains("answers again", error, StringComparison.Ordinal);
        var report = JsonNode.Parse(output)!.AsObject();
        var flows = ImportServer.Table(report, "flows");
        Assert.Equal((Rows, 0), ((int)flows["stored"]! + (int)flows["known_before"]!, (int)flows["unexplained"]!));
        Assert.Contains(report["notes"]!.AsArray(), note => ((string)note!).Contains("were sent again", StringComparison.Ordinal));
        Assert.Equal(Rows, (await server.Api.GetPodAsync(pod)).Length);
    }

    [Fact]
    public async Task Server_that_stays_away_ends_it_and_the_same_command_goes_on()
    {
        var (pod, database) = await FillAsync();
        await using var relay = new TcpRelay(server.Address);
        var arguments = server.Arguments(database, State, "--rate", "1000", "--wait", "0");
        arguments[Array.IndexOf(arguments, "--server") + 1] = relay.Address.ToString();

        var importing = ServerProgram.RunAsync(arguments);
        await Patience.UntilAsync("rows are acknowledged", () => RowsDone() > 0);
        relay.GoAway();
        var (exitCode, output, error) = await importing;
        var (again, flows, _) = await server.ImportAsync(database, State);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("the same command goes on", error, StringComparison.Ordinal);
        Assert.Equal((0, Rows), (again, (int)flows["read"]!));
        Assert.Equal(Rows, (await server.Api.GetPodAsync(pod)).Length);
    }

    public void Dispose() => _directory.Dispose();

    private async Task<(string Pod, string Database)> FillAsync()
    {
        var pod = FlowEvent.NewPod();
        var database = await server.Postgres.CreateAsync(BrokerRows.Traffic);
        await server.Postgres.AddAsync(database, FlowEvent.Many(pod, Rows));
        return (pod, database);
    }

    private async Task KillAfterAsync(int rows, string database)
    {
        using var process = Process.Start(ServerProgram.Command(server.Arguments(database, State, "--rate", "500"), []))!;
        await Patience.UntilAsync("rows are acknowledged", () => RowsDone() >= rows);
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience.Limit);
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync());
    }

    private int RowsDone() => !File.Exists(State) ? 0 : (int?)JsonNode.Parse(File.ReadAllText(State))!["tables"]!["flows"]?["rows"] ?? 0;
}
