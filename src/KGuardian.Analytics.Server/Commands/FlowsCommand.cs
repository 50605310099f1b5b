using System.CommandLine;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>flows</c>: a page of stored flows.</summary>
internal sealed class FlowsCommand : FlowServerVerb
{
    private const int MostRows = 1000;

    /// <summary>What tells a person most, in the order of reading.</summary>
    private const string TableFields =
        "time_stamp,pod_namespace,pod_name,pod_ip,pod_port,traffic_type,traffic_in_out_ip,traffic_in_out_port,ip_protocol,decision";

    private readonly Option<string> _fields = new("--fields")
    {
        Description = "Columns, with commas between them; also names of both ends, such as workload and peer_workload. Default: those of an event; "
            + "in a table without its uuid.",
        HelpName = "a,b",
    };

    private readonly Option<int?> _limit = new("--limit") { Description = $"Most rows, up to {MostRows}. Default: 100. More: export.", HelpName = "rows" };
    private readonly Option<bool> _oldest = new("--oldest") { Description = "The oldest first. Default: the newest." };
    private readonly Option<string> _cursor = new("--cursor") { Description = "Goes on behind a page, with the same options.", HelpName = "next" };

    public FlowsCommand()
        : base("flows", "Shows stored flows as a table, the newest first.", """
              kguardian-analytics flows --from -1h --filter 'decision = DROP' --limit 20
              kguardian-analytics flows --fields time_stamp,workload,peer_workload,traffic_in_out_port,decision
              kguardian-analytics flows --filter 'namespace = shop' --json | jq -r '.data[].pod_name' | sort -u
            """) => AddOptions(_fields, _limit, _oldest, _cursor);

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var query = Selection.Query(
            arguments, ("fields", arguments.GetValue(_fields) ?? (arguments.GetValue(Json) ? null : TableFields)),
            ("limit", Within("--limit", arguments.GetValue(_limit), 1, MostRows) ?? "100"),
            ("order", arguments.GetValue(_oldest) ? "asc" : null), ("cursor", arguments.GetValue(_cursor)));
        using var server = Open(arguments);
        var answer = await server.GetAsync($"/api/v1/flows?{query}", cancellationToken);
        Print(arguments, answer, $"there are more: --cursor {answer.GetProperty("next").GetString()}");
        return Startup.ExitCode.Fine;
    }
}
