using System.CommandLine;
using System.Text;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>policy replay</c>: what policies would have blocked of what a running server has stored.</summary>
internal sealed class PolicyReplayCommand : PolicyServerVerb
{
    private readonly Argument<string[]> _files = new("file")
    {
        Description = "Files with all the policies that there are to be; - for standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    public PolicyReplayCommand()
        : base(
            "replay",
            "Says what policies would have blocked of stored flows. Ends with 0 when nothing that was let through, with 1 when something, "
                + "with 3 when nothing surely but not all is known, with 2 when a document or an option is wrong.",
            """
              kguardian-analytics policy replay --from -7d policies/*.yaml
              kguardian-analytics policy replay --server https://analytics:9090 --token-file read.token --json policies/*.yaml
            """) => Add(_files);

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var documents = await ReadAsync(arguments.GetValue(_files)!, cancellationToken);
        var (server, query) = Prepare(arguments, ("show", "blocked"), ("limit", "10000"));
        using (server)
        {
            var answer = await server.PostContentAsync(
                $"/api/v1/policies/replay?{query}", new StringContent(documents, Encoding.UTF8, "application/yaml"), cancellationToken);
            var totals = answer.GetProperty("totals");
            var let = totals.GetProperty("let_through");
            if (arguments.GetValue(Json))
            {
                Console.Out.WriteLine(System.Text.Json.JsonSerializer.Serialize(answer, SnakeCaseJson.Indented));
            }
            else
            {
                PrintEdges(answer, _ => true);
                foreach (var rule in answer.GetProperty("unused_rules").EnumerateArray())
                {
                    Console.Out.WriteLine($"unused: {rule.GetProperty("policy").GetString()} {rule.GetProperty("field").GetString()}");
                }

                Console.Out.WriteLine(
                    $"of {totals.GetProperty("flows")} flows: let through, and would be blocked {let.GetProperty("blocked")}, "
                    + $"not known {let.GetProperty("unknown")}");
            }

            return let.GetProperty("blocked").GetInt64() > 0 ? ExitCode.Failed : let.GetProperty("unknown").GetInt64() > 0 ? ExitCode.Warnings : ExitCode.Fine;
        }
    }
}
