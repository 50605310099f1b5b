using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Server.Terminal;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>The program's verbs, and how it is told what is wrong with a command line.</summary>
internal static class CommandLine
{
    public const string Program = "kguardian-analytics";

    /// <summary>Without a verb the program serves.</summary>
    private static readonly ServeCommand Default = new();

    /// <summary>What can be typed. A new verb is a class and a line here.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("A columnar store for Kubernetes pod traffic, on ClickHouse. Without a command it serves.")
        {
            Default,
            new CheckCommand(),
            new BackupCommand(),
            new RestoreCommand(),
            new DoctorCommand(),
            new ClockCommand(),
            new HealthCheckCommand(),
            new FlowsCommand(),
            new CountCommand(),
            new EdgesCommand(),
            new TopCommand(),
            new TailCommand(),
            new ExportCommand(),
            new AnonymiseCommand(),
            new RetentionCommand(),
            new CheckAgentCommand(),
            new PolicyCommand(),
            new ImportCommand(),
            new CompletionCommand(),
            new ManCommand(),
        };
        foreach (var option in Default.Options)
        {
            root.Add(option);
        }

        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction(Default.RunAsync);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Does what a command line says; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // "help backup" as well as "backup --help".
        var line = args is ["help", .. var verb] ? [.. verb, "--help"] : args;
        var arguments = Create().Parse(line, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        try
        {
            if (arguments.Errors is [var error, ..] && arguments.Action is not { ClearsParseErrors: true })
            {
                throw new UsageException($"{error.Message} See '{Program} {Name(arguments)}--help'.");
            }

            return await arguments.InvokeAsync(Invocation(arguments));
        }
        catch (IOException e) when (StandardOutput.IsClosed(e))
        {
            // Whoever reads has enough.
            return ExitCode.Fine;
        }
        catch (Exception e) when (e is UsageException or SettingsException or CommandException or BackupException or LocalNodeException or ClickHouseException
            or SchemaException or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            // One line for a log. The last ones: a data directory that cannot be written, an address that is taken. Their texts name it.
            var why = e is HttpRequestException failure ? ClientTls.Explain(failure) : e.Message;
            await Console.Error.WriteLineAsync($"{Program}: {why.ReplaceLineEndings(" ")}");
            return e is UsageException or SettingsException ? ExitCode.Usage : ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{Program}: interrupted");
            return ExitCode.Failed;
        }
    }

    /// <summary>The verb, with the one it belongs to in front, and a space behind it; nothing without one.</summary>
    private static string Name(ParseResult arguments)
    {
        var name = "";
        for (var result = arguments.CommandResult; result is { Command: not RootCommand }; result = result.Parent as CommandResult)
        {
            name = $"{result.Command.Name} {name}";
        }

        return name;
    }

    /// <summary>A server ends by itself when it is told to, and takes its time; the others are told through their token.</summary>
    private static InvocationConfiguration Invocation(ParseResult arguments) => new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = arguments.CommandResult.Command is ServeCommand or RootCommand ? null : TimeSpan.FromSeconds(20),
    };
}
