using System.CommandLine;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Export;
using KGuardian.Analytics.Server.Terminal;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>flows</c>: a page of stored flows, or all of them as they come.</summary>
internal sealed class FlowsCommand : FlowServerVerb
{
    private const int MostRows = 1000;

    /// <summary>A server that is there writes.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

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

    private readonly Option<bool> _all = new("--all")
    {
        Description = "All of them as they come, a line each as tail has them; with --json a line of JSON each. A cut answer is an error.",
    };

    public FlowsCommand()
        : base("flows", "Shows stored flows as a table, the newest first.", """
              kguardian-analytics flows --from -1h --filter 'decision = DROP' --limit 20
              kguardian-analytics flows --fields time_stamp,workload,peer_workload,traffic_in_out_port,decision
              kguardian-analytics flows --all --from -7d --filter 'decision = DROP' --json > drops.ndjson
              kguardian-analytics flows --filter 'namespace = shop' --json | jq -r '.data[].pod_name' | sort -u
            """) => AddOptions(_fields, _limit, _oldest, _cursor, _all);

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_all))
        {
            return await StreamAsync(arguments, cancellationToken);
        }

        var query = Selection.Query(
            arguments, ("fields", arguments.GetValue(_fields) ?? (arguments.GetValue(Json) ? null : TableFields)),
            ("limit", Within("--limit", arguments.GetValue(_limit), 1, MostRows) ?? "100"),
            ("order", arguments.GetValue(_oldest) ? "asc" : null), ("cursor", arguments.GetValue(_cursor)));
        using var server = Open(arguments);
        var answer = await server.GetAsync($"/api/v1/flows?{query}", cancellationToken);
        Print(arguments, answer, $"there are more: --cursor {answer.GetProperty("next").GetString()}");
        return Startup.ExitCode.Fine;
    }

    private async Task<int> StreamAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var isJson = arguments.GetValue(Json);
        if (arguments.GetValue(_limit) is not null || arguments.GetValue(_cursor) is not null || (arguments.GetValue(_fields) is not null && !isJson))
        {
            throw new UsageException("--all goes with neither --limit nor --cursor, and with --fields only as --json: lines for people have their own");
        }

        using var server = Open(arguments);
        var query = Selection.Query(
            arguments, ("format", "ndjson"), ("fields", arguments.GetValue(_fields)), ("order", arguments.GetValue(_oldest) ? "asc" : null));
        using var answer = await server.OpenAsync($"/api/v1/flows?{query}", null, cancellationToken);
        await using var body = new AnswerStream(await answer.Content.ReadAsStreamAsync(cancellationToken), Silence);
        await using var output = StandardOutput.Open();
        if (isJson)
        {
            await body.CopyToAsync(output, cancellationToken);
            return Startup.ExitCode.Fine;
        }

        var rows = new RecordReader(body, isCsv: false);
        while (await rows.ReadAsync(cancellationToken) is { } row)
        {
            using var flow = JsonDocument.Parse(row);
            output.Write(Encoding.UTF8.GetBytes($"{FlowLine.Of(flow.RootElement, StandardOutput.HasColours)}\n"));
        }

        return Startup.ExitCode.Fine;
    }
}
