using System.CommandLine;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>policy diff</c>: what a change of policies would have blocked, or let through, of what a running server has stored.</summary>
internal sealed class PolicyDiffCommand : PolicyServerVerb
{
    private readonly Option<string[]> _before = new("--before")
    {
        Description = "A file with policies as they are; may be given several times.",
        HelpName = "file",
    };

    private readonly Option<string[]> _after = new("--after")
    {
        Description = "A file with policies as they are to be; may be given several times.",
        HelpName = "file",
    };

    public PolicyDiffCommand()
        : base(
            "diff",
            "Says what a change of policies would have changed for stored flows. Ends with 0 when nothing would be newly blocked, with 1 when something, "
                + "with 2 when a document or an option is wrong.",
            """
              kguardian-analytics policy diff --from -7d --before main/policies.yaml --after policies.yaml
              git show main:policies.yaml | kguardian-analytics policy diff --before - --after policies.yaml --json
            """)
    {
        Add(_before);
        Add(_after);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (before, after) = (arguments.GetValue(_before) ?? [], arguments.GetValue(_after) ?? []);
        if (before.Length + after.Length == 0)
        {
            throw new UsageException("name files by --before and --after; without one of them there are no policies");
        }

        var (old, changed) = (await ReadAsync(before, cancellationToken), await ReadAsync(after, cancellationToken));
        var (server, query) = Prepare(arguments, ("limit", "10000"));
        using (server)
        {
            var answer = await server.PostAsync($"/api/v1/policies/diff?{query}", new { before = old, after = changed }, cancellationToken);
            var totals = answer.GetProperty("totals");
            if (arguments.GetValue(Json))
            {
                Console.Out.WriteLine(System.Text.Json.JsonSerializer.Serialize(answer, SnakeCaseJson.Indented));
            }
            else
            {
                PrintEdges(answer, _ => true);
                Console.Out.WriteLine(
                    $"of {totals.GetProperty("flows")} flows: newly blocked {totals.GetProperty("newly_blocked")}, "
                    + $"newly allowed {totals.GetProperty("newly_allowed")}");
            }

            return totals.GetProperty("newly_blocked").GetInt64() > 0 ? ExitCode.Failed : ExitCode.Fine;
        }
    }
}
