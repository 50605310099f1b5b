using System.CommandLine;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>check</c>: validates the configuration and prints the effective one, secrets masked.</summary>
internal sealed class CheckCommand : Verb
{
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON instead of lines." };

    public CheckCommand()
        : base("check", "Validates the configuration and prints the effective one, secrets masked. Starts and changes nothing.", """
              kguardian-analytics check
              kguardian-analytics check --Retention:Days=7 | grep Retention
              kguardian-analytics check --json | jq .Ingest
            """) =>
        Add(_json);

    public override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = SettingsReport.Describe(SettingsArguments.Read(arguments).Settings);
        Console.Out.Write(arguments.GetValue(_json) ? report : Lines(JsonNode.Parse(report)!.AsObject(), ""));
        return Task.FromResult(ExitCode.Fine);
    }

    /// <summary>A setting a line, under the name by which it is set.</summary>
    private static string Lines(JsonObject section, string prefix) =>
        string.Concat(section.Select(entry => entry.Value is JsonObject inner
            ? Lines(inner, $"{prefix}{entry.Key}:")
            : $"{prefix}{entry.Key} = {entry.Value?.ToString() ?? "(none)"}\n"));
}
