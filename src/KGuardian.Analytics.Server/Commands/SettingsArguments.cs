using System.CommandLine;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>The settings of a command line, <c>--Section:Name=value</c>: everything that is no option of the verb. Nothing is ignored.</summary>
internal static class SettingsArguments
{
    /// <summary>Reads the effective settings.</summary>
    /// <exception cref="UsageException">An argument is neither an option nor a setting.</exception>
    /// <exception cref="SettingsException">A setting is wrong.</exception>
    public static (ServerSettings Settings, IConfigurationRoot Configuration) Read(ParseResult arguments)
    {
        string[] given = [.. arguments.UnmatchedTokens];
        if (given.FirstOrDefault(argument => !LooksLikeSetting(argument)) is { } odd)
        {
            throw new UsageException(Problem(odd, arguments.CommandResult.Command));
        }

        var configuration = Configuration.Read(given);
        return (SettingsReader.Read(configuration, given.Select(Configuration.Name)), configuration);
    }

    /// <summary>Settings have a section, or are variables of several words; options have neither.</summary>
    private static bool LooksLikeSetting(string argument) => Configuration.Name(argument).AsSpan().ContainsAny(':', '_');

    private static string Problem(string odd, Command command)
    {
        var of = command is Verb verb ? $"'{verb.Name}'" : CommandLine.Program;
        if (!odd.StartsWith('-'))
        {
            var isVerb = command is RootCommand;
            return $"'{odd}' is no {(isVerb ? "command" : $"argument of {of}")}{Suggestion(odd, command.Subcommands.Select(known => known.Name))}";
        }

        var name = odd.Split('=')[0];
        var options = command.Options.SelectMany(option => option.Aliases.Append(option.Name)).Where(known => known.StartsWith("--", StringComparison.Ordinal));
        return $"'{odd}' is no option of {of}{Suggestion(name, options)} Settings look like --Section:Name=value.";
    }

    private static string Suggestion(string written, IEnumerable<string> known)
    {
        string[] names = [.. known];
        return names.Length > 0 && NearestName.Of(written, names) is { } nearest ? $"; did you mean {nearest}?" : $". See '{CommandLine.Program} --help'.";
    }
}
