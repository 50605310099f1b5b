using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Import;
using KGuardian.Analytics.Server.Startup;
using Spectre.Console;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>What verbs have in common that send rows of another store to a running server.</summary>
internal abstract class ImportVerb : Verb
{
    /// <summary>Wide enough for the report's table, into a pipe.</summary>
    private const int Width = 160;

    private readonly Option<string> _state = new("--state")
    {
        Description = "File that says how far it has come: who is killed goes on from there. Default: import.state in the working directory.",
        HelpName = "file",
    };

    private readonly Option<string> _rejects = new("--rejects")
    {
        Description = "File for rows that cannot be stored, a line of JSON each. Default: the state's name with .rejects at its end.",
        HelpName = "file",
    };

    private readonly Option<bool> _keepAge = new("--keep-age")
    {
        Description = "Flows are kept for as long as if they had arrived on the day of their own time; those that Retention:Days would have let go of by now "
            + "are not stored, and counted as older. Default: they arrive today.",
    };

    private readonly Option<long?> _rate = new("--rate") { Description = "Most rows a second. Default: as many as go.", HelpName = "rows" };

    private readonly Option<int> _wait = new("--wait")
    {
        Description = "How long the server may be away or busy before this gives up, in seconds. Default: 300.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 300,
    };

    private readonly Option<bool> _anew = new("--anew") { Description = "Begin at the first row, whatever the state says; nothing is stored twice." };
    private readonly Option<bool> _json = new("--json") { Description = "Print the report as JSON." };
    private readonly ServerOptions _server = new();

    protected ImportVerb(string name, string description, string examples)
        : base(name, description, examples)
    {
    }

    /// <summary>Adds the options that all have.</summary>
    protected void AddOptions()
    {
        _server.AddTo(this);
        Add(_state);
        Add(_rejects);
        Add(_keepAge);
        Add(_rate);
        Add(_wait);
        Add(_anew);
        Add(_json);
    }

    /// <summary>Finds the server and the state, has rows sent, and prints what became of them; returns the exit code.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="open">Opens what is imported.</param>
    /// <param name="cancellationToken">Ends it; it can be gone on with.</param>
    protected async Task<int> RunAsync(
        ParseResult arguments, Func<CancellationToken, Task<IImportSource>> open, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var (settings, _) = SettingsArguments.Read(arguments);
        var (rate, wait) = (arguments.GetValue(_rate), arguments.GetValue(_wait));
        if (rate is < 1 || wait < 0)
        {
            throw new UsageException(wait < 0 ? $"--wait {wait} must be 0 or more" : $"--rate {rate} must be 1 or more");
        }

        var statePath = Path.GetFullPath(arguments.GetValue(_state) ?? "import.state");
        using var rejects = new RejectFile(Path.GetFullPath(arguments.GetValue(_rejects) ?? $"{statePath}.rejects"));
        using var server = _server.Require(arguments, settings);
        var target = await server.GetAsync(ImportTable.Target, cancellationToken);
        await using var source = await open(cancellationToken);
        var progress = new ImportProgress();
        var state = await StateAsync(arguments, source, target, statePath, progress, cancellationToken);
        var sender = new ImportSender(server, TimeSpan.FromSeconds(wait), state.KeepAge, clock, progress.Say);
        long duplicates = 0;
        using (var run = new ImportRun(sender, new ImportPace(rate, clock), state, statePath, rejects) { Progressed = progress.Advance })
        {
            await progress.RunAsync(() => source.SendAsync(run, progress, cancellationToken));
            duplicates = run.Finish();
        }

        var flows = (await server.GetAsync(ImportTable.Target, cancellationToken)).GetProperty("flows").GetInt64();
        var report = new ImportReport(
            source.Name, server.Address.ToString(), Math.Round(clock.GetElapsedTime(started).TotalSeconds, 1), state.Runs,
            [
                .. source.Tables.Select(table => TableReport.Of(
                    table.Table, state.Of(table.Table), table.Rows, table.Table == ImportTable.Flows ? duplicates : 0)),
            ],
            state.FlowsBefore, flows, flows - state.FlowsBefore - state.Of(ImportTable.Flows).Stored, rejects.Bytes > 0 ? rejects.Path : null,
            [.. Notes(state, rejects), .. source.Notes]);
        Print(arguments, report);
        return report.Unexplained > 0 ? ExitCode.Failed : report.Rejected > 0 ? ExitCode.Warnings : ExitCode.Fine;
    }

    private async Task<ImportState> StateAsync(
        ParseResult arguments, IImportSource source, JsonElement target, string path, ImportProgress progress, CancellationToken cancellationToken)
    {
        var store = target.GetProperty("store").GetString()!;
        var keepsAge = arguments.GetValue(_keepAge);
        var known = arguments.GetValue(_anew) ? null : ImportState.Read(path);
        if (known is { Finished: false })
        {
            if (known.Source != source.Identity || known.Store != store || known.KeepAge != keepsAge)
            {
                throw new UsageException(
                    $"--state '{path}' is of an import that is not finished, "
                    + (known.Source != source.Identity ? $"of {known.Source}"
                        : known.Store != store ? "into another store" : $"{(known.KeepAge ? "with" : "without")} --keep-age")
                    + ": name another one, or begin with --anew");
            }

            if (await source.CanGoOnAsync(known, cancellationToken))
            {
                known.Runs++;
                progress.Say($"goes on behind {known.Tables.Values.Sum(table => table.Rows)} rows");
                return known;
            }

            progress.Say("rows came in before those that were read: it begins anew, and nothing is stored twice");
        }

        return new ImportState { Source = source.Identity, Store = store, KeepAge = keepsAge, FlowsBefore = target.GetProperty("flows").GetInt64(), Runs = 1 };
    }

    private static IEnumerable<string> Notes(ImportState state, RejectFile rejects)
    {
        if (state.Tables.Values.Sum(table => table.Resent) is > 0 and var resent)
        {
            yield return $"{resent} rows were sent again, as the answer was lost: those that had been stored count as known before";
        }

        if (state.Runs > 1)
        {
            yield return $"it took {state.Runs} runs: what was on its way when one ended counts as known before";
        }

        if (state.KeepAge && state.Of(ImportTable.Flows).Older is > 0 and var older)
        {
            yield return $"{older} flows are older than the server keeps (Retention:Days), and not stored; without --keep-age they arrive today";
        }

        if (rejects.Bytes > 0)
        {
            yield return $"the rows that cannot be stored are in {rejects.Path}";
        }
    }

    private void Print(ParseResult arguments, ImportReport report)
    {
        if (arguments.GetValue(_json))
        {
            Console.Out.Write(JsonSerializer.Serialize(report, SnakeCaseJson.Indented) + "\n");
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = Width;
        }

        report.Print(console);
    }
}
