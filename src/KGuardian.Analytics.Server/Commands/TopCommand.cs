using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Server.Terminal;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>top</c>: the strongest talkers, what is dropped and what is new, at a terminal and refreshed; or once, as a table.</summary>
internal sealed class TopCommand : FlowServerVerb
{
    private const int MostRows = 1000;

    private readonly Option<string> _by = new("--by")
    {
        Description = "What is counted by: up to three of the columns and names, with commas between them. Default: namespace,pod.",
        HelpName = "a,b",
    };

    private readonly Option<string> _metric = new("--metric") { Description = "What is counted. Default: flows.", HelpName = "flows|observations" };

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = $"With --once and --json: most rows, up to {MostRows}. Default: 20.",
        HelpName = "rows",
    };

    private readonly Option<int> _every = new("--every")
    {
        Description = "Seconds between looks. Default: 3.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<bool> _once = new("--once") { Description = "Print a table, and end." };

    public TopCommand()
        : base(
            "top",
            "Shows the strongest talkers, drops and new flows, and keeps looking: s sorts, b changes what is counted by, m what is counted, w the window, "
                + "d shows drops alone, / takes a filter, p pauses, q quits. Without a terminal: --once, --json.",
            """
              kguardian-analytics top --from -1h
              kguardian-analytics top --once --by workload,peer_workload --limit 5
              kguardian-analytics top --json --by decision --metric observations | jq .data
            """)
    {
        _by.CompletionSources.Add("namespace", "pod", "decision", "namespace,decision", "workload,peer_workload", "peer_ip,peer_port");
        _metric.CompletionSources.Add("flows", "observations");
        AddOptions(_by, _metric, _limit, _every, _once);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var limit = Within("--limit", arguments.GetValue(_limit), 1, MostRows) ?? "20";
        var every = arguments.GetValue(_every);
        Within("--every", every, 1, 3600);
        var (by, metric) = (arguments.GetValue(_by) ?? "namespace,pod", arguments.GetValue(_metric) ?? "flows");
        var isOnce = arguments.GetValue(_once) || arguments.GetValue(Json);
        if (!isOnce && (Console.IsOutputRedirected || Console.IsInputRedirected))
        {
            throw new UsageException("top keeps looking at a terminal, and this is none: --once prints a table, --json the server's answer");
        }

        using var server = Open(arguments);
        if (isOnce)
        {
            var query = Selection.Query(arguments, ("by", by), ("metric", metric), ("limit", limit));
            var answer = await server.GetAsync($"/api/v1/flows/top?{query}", cancellationToken);
            Print(arguments, answer, Rest(answer));
            return ExitCode.Fine;
        }

        var view = new TopView(by, metric, Selection.From(arguments) ?? "-24h", Selection.To(arguments), Selection.Filter(arguments));
        await new TopScreen(server, view, TimeSpan.FromSeconds(every), TimeProvider.System).RunAsync(cancellationToken);
        return ExitCode.Fine;
    }

    private static string Rest(JsonElement answer) =>
        $"{answer.GetProperty("other").GetProperty("groups")} others have {answer.GetProperty("other").GetProperty("flows")} flows: --limit";
}
