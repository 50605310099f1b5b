using System.CommandLine;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>edges</c>: who talks to whom.</summary>
internal sealed class EdgesCommand : FlowServerVerb
{
    private const int MostRows = 10_000;

    private readonly Option<string> _by = new("--by")
    {
        Description = "What the ends are: pod or namespace and an address, or the workloads of both. Default: workload.",
        HelpName = "workload|namespace|pod",
    };

    private readonly Option<int?> _limit = new("--limit") { Description = $"Most pairs, up to {MostRows}. Default: 50.", HelpName = "rows" };
    private readonly Option<bool> _collapse = new("--collapse") { Description = "Count ephemeral ports as one." };

    public EdgesCommand()
        : base("edges", "Says who talks to whom, the pairs of most flows first.", """
              kguardian-analytics edges --from -7d
              kguardian-analytics edges --by namespace --filter 'decision = DROP' --limit 10 --collapse
              kguardian-analytics edges --json | jq '.data[] | select(.peer_workload == null)'
            """)
    {
        _by.CompletionSources.Add("workload", "namespace", "pod");
        AddOptions(_by, _limit, _collapse);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var query = Selection.Query(
            arguments, ("by", arguments.GetValue(_by) ?? "workload"), ("limit", Within("--limit", arguments.GetValue(_limit), 1, MostRows) ?? "50"),
            ("collapse", arguments.GetValue(_collapse) ? "ports" : null));
        using var server = Open(arguments);
        Print(arguments, await server.GetAsync($"/api/v1/flows/edges?{query}", cancellationToken), "there are more: --limit");
        return ExitCode.Fine;
    }
}
