using System.CommandLine;
using System.Globalization;
using System.Text;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>man</c>: the manual page, made of the verbs as they are.</summary>
internal sealed class ManCommand : Verb
{
    public ManCommand()
        : base("man", "Prints the manual page.", """
              kguardian-analytics man | man -l -
              kguardian-analytics man > /usr/local/share/man/man1/kguardian-analytics.1
            """)
    {
    }

    public override bool TakesSettings => false;

    public override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var root = arguments.RootCommandResult.Command;
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $".TH {CommandLine.Program.ToUpperInvariant()} 1 \"\" \"{ProgramVersion.Text}\"\n");
        page.Append(CultureInfo.InvariantCulture, $".SH NAME\n{CommandLine.Program} \\- {Text(root.Description!)}\n");
        page.Append(CultureInfo.InvariantCulture, $".SH SYNOPSIS\n.B {CommandLine.Program}\n[command] [options] [\\-\\-Section:Name=value ...]\n");
        page.Append(".SH COMMANDS\n");
        foreach (var command in root.Subcommands.Where(command => !command.Hidden))
        {
            Append(page, command, "");
        }

        page.Append(CultureInfo.InvariantCulture, $".SH SETTINGS\n.nf\n{Text(Usage.Text)}.fi\n");
        Console.Out.Write(page);
        return Task.FromResult(ExitCode.Fine);
    }

    private static void Append(StringBuilder page, Command command, string of)
    {
        var name = $"{of}{command.Name}";
        page.Append(CultureInfo.InvariantCulture, $".SS {Text(name)}\n{Text(command.Description!)}\n");
        foreach (var argument in command.Arguments)
        {
            page.Append(CultureInfo.InvariantCulture, $".TP\n.I {Text(argument.Name)}\n{Text(argument.Description ?? "")}\n");
        }

        foreach (var option in command.Options.Where(option => !option.Hidden))
        {
            var takes = option.HelpName is null ? "" : $" {Text(option.HelpName)}";
            page.Append(CultureInfo.InvariantCulture, $".TP\n.B {Text(option.Name)}{takes}\n{Text(option.Description ?? "")}\n");
        }

        if (command is Verb verb)
        {
            page.Append(CultureInfo.InvariantCulture, $".PP\n.nf\n{Text(verb.Examples)}\n.fi\n");
        }

        foreach (var sub in command.Subcommands)
        {
            Append(page, sub, $"{name} ");
        }
    }

    /// <summary>Text for troff: its escape character, its minus, and its control characters at the begin of a line are none of it.</summary>
    private static string Text(string text) => string.Join(
        '\n',
        text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).Split('\n')
            .Select(line => line is ['.' or '\'', ..] ? $"\\&{line}" : line));
}
