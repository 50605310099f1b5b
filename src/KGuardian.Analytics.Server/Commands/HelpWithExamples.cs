using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using KGuardian.Analytics.Server.Settings;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>The help of a verb: what the framework knows of it, then examples; of the program: its settings.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    /// <summary>The same everywhere, also into a pipe.</summary>
    private const int Width = 140;

    private readonly HelpAction _plain;

    public HelpWithExamples(HelpAction plain)
    {
        _plain = plain;
        _plain.MaxWidth = Width;
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        var code = _plain.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        // Settings are what the framework does not know.
        var settings = parseResult.CommandResult.Command is Verb { TakesSettings: false } ? "" : "[--Section:Name=value ...]";
        output.Write(text.ToString().Replace("[[--] <additional arguments>...]]", settings, StringComparison.Ordinal)
            .Replace("Additional Arguments:\n  Arguments passed to the application that is being run.\n\n", "", StringComparison.Ordinal));
        output.Write(parseResult.CommandResult.Command switch
        {
            Verb verb => $"Examples:\n{verb.Examples}\n"
                + (verb.TakesSettings ? $"\nSettings can be given as well: see '{CommandLine.Program} --help'.\n" : ""),
            RootCommand => Usage.Text,
            _ => "",
        });
        return code;
    }
}
