using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>count</c>: how many flows there are.</summary>
internal sealed class CountCommand : FlowServerVerb
{
    private readonly Option<bool> _fast = new("--fast") { Description = "Bounds from the index, at once: at least and at most so many." };

    public CountCommand()
        : base("count", "Says how many flows there are, each counted once, when it was first seen.", """
              kguardian-analytics count --from -7d --filter 'decision = DROP and namespace = shop'
              kguardian-analytics count --fast --json
            """) => AddOptions(_fast);

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var query = Selection.Query(arguments, ("mode", arguments.GetValue(_fast) ? "fast" : null));
        using var server = Open(arguments);
        var answer = await server.GetAsync($"/api/v1/flows/count?{query}", cancellationToken);
        Console.Out.WriteLine(
            arguments.GetValue(Json) ? JsonSerializer.Serialize(answer, SnakeCaseJson.Indented)
            : answer.GetProperty("exact").GetBoolean() ? answer.GetProperty("flows").ToString()
            : $"{answer.GetProperty("at_least")} to {answer.GetProperty("at_most")}");
        return ExitCode.Fine;
    }
}
