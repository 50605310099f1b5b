using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>
/// <c>check-agent</c>: goes the way of an agent's events. By itself it stores nothing: it posts an empty batch. With <c>--send</c> it posts one flow, of a
/// namespace of its own and to an address of nobody's, and looks for it; that one stays as long as flows are kept.
/// </summary>
internal sealed class CheckAgentCommand : Verb
{
    /// <summary>What nobody's pods are in: filters leave it out by it.</summary>
    public const string Namespace = "kguardian-check-agent";

    private const string Batch = "/pod/traffic/batch";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Option<bool> _send = new("--send")
    {
        Description = $"Posts one flow, of the namespace {Namespace}, and looks for it in a page and in the tail. It is kept as long as all are.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };
    private readonly ServerOptions _server = new();

    public CheckAgentCommand()
        : base(
            "check-agent",
            "Goes the way of an agent's events, with the agent's address and token: is the server there, does it take a batch? Stores nothing; with --send "
                + "one flow, which is looked for as a reader does, so that the token needs the role read as well. Ends with 4 when a step failed.",
            $"""
              kguardian-analytics check-agent --server http://kguardian-analytics:9090 --token-file ingest.token
              kguardian-analytics check-agent --send --json
              kguardian-analytics count --filter 'not namespace = {Namespace}'      # without what it posted
            """)
    {
        Add(_send);
        Add(_json);
        _server.AddTo(this);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var server = _server.Require(arguments, SettingsArguments.Read(arguments).Settings);
        var steps = new List<Step>();
        var isTaken = await TryAsync(
                steps, "reachable", async () => $"{server.Address} says {await server.GetTextAsync("/health", "*/*", cancellationToken)}")
            && await TryAsync(steps, "takes batches", async () => $"an empty one was taken: {await PostAsync(server, "[]", cancellationToken)} new");
        if (isTaken && arguments.GetValue(_send))
        {
            await SendAsync(server, steps, cancellationToken);
        }

        Console.Out.Write(arguments.GetValue(_json) ? JsonSerializer.Serialize(new { steps }, SnakeCaseJson.Indented) + "\n"
            : string.Concat(steps.Select(step => $"{(step.Ok ? "ok" : "FAILED"),-7} {step.Name}: {step.What}\n")));
        return steps.All(step => step.Ok) ? ExitCode.Fine : ExitCode.Errors;
    }

    private static async Task SendAsync(ServerClient server, List<Step> steps, CancellationToken cancellationToken)
    {
        // Another each time, so that it is a new flow: 2^32 of TEST-NET's ports and addresses.
        var (random, uuid) = (RandomNumberGenerator.GetBytes(4), Guid.NewGuid());
        var filter = $"uuid = {uuid}";
        var flow = JsonSerializer.Serialize(new[]
        {
            new
            {
                uuid,
                time_stamp = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
                pod_name = "check-agent",
                pod_namespace = Namespace,
                // TEST-NET-1 and -2 of RFC 5737, which are nobody's.
                pod_ip = $"192.0.2.{random[0]}",
                pod_port = "0",
                ip_protocol = "TCP",
                traffic_type = "EGRESS",
                traffic_in_out_ip = $"198.51.100.{random[1]}",
                traffic_in_out_port = $"{BitConverter.ToUInt16(random, 2)}",
                decision = "ALLOW",
            },
        });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var tail = new FlowTail(server, $"from=-1m&filter={Uri.EscapeDataString(filter)}", Patience, TimeProvider.System, _ => { });
        if (await TryAsync(steps, "accepted", async () => await PostAsync(server, flow, cancellationToken) == "1"
                ? $"the flow {uuid} is new and durable" : throw new CommandException("the server took it for one that it knows"))
            && await TryAsync(steps, "readable", async () =>
            {
                // The agent's clock is this machine's.
                var now = DateTime.UtcNow;
                var window = $"from={now.AddHours(-1):yyyy-MM-dd'T'HH:mm:ss}Z&to={now.AddHours(1):yyyy-MM-dd'T'HH:mm:ss}Z";
                var rows = (await server.GetAsync($"/api/v1/flows?{window}&filter={Uri.EscapeDataString(filter)}", cancellationToken)).GetProperty("data");
                return rows.GetArrayLength() == 1 ? "a page shows it" : throw new CommandException("no page shows it");
            }))
        {
            await TryAsync(steps, "in the tail", async () =>
            {
                await foreach (var _ in tail.ReadAsync(limit.Token))
                {
                    return "the tail shows it";
                }

                throw new CommandException("the tail does not show it");
            });
        }
    }

    /// <summary>Posts a batch; what the server answers.</summary>
    private static async Task<string> PostAsync(ServerClient server, string batch, CancellationToken cancellationToken)
    {
        using var body = new StringContent(batch, Encoding.UTF8, "application/json");
        var answer = await server.TryPostAsync(Batch, body, cancellationToken);
        return answer.Status == HttpStatusCode.OK ? answer.Text.Trim() : throw server.Refused(answer.Status, answer.Text);
    }

    private static async Task<bool> TryAsync(List<Step> steps, string name, Func<Task<string>> go)
    {
        try
        {
            steps.Add(new Step(name, true, await go()));
            return true;
        }
        catch (Exception e) when (e is CommandException or UsageException or IOException or OperationCanceledException)
        {
            steps.Add(new Step(name, false, e is OperationCanceledException ? $"not within {Patience.TotalSeconds:0} s" : e.Message));
        }
        catch (HttpRequestException e)
        {
            steps.Add(new Step(name, false, ClientTls.Explain(e)));
        }

        return false;
    }

    /// <summary>A step of the way.</summary>
    private sealed record Step(string Name, bool Ok, string What);
}
