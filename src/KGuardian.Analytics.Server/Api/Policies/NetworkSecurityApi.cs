using System.Globalization;
using KGuardian.Analytics.Policies.Proposal;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>
/// <c>POST /api/v1/networkSecurity/namespaces/{namespaceName}/simulatedPolicies</c> and <c>GET …/status</c>: proposals as other products' clients ask for
/// them.
/// </summary>
internal static class NetworkSecurityApi
{
    /// <summary>Seconds of the last time that is kept: those of 63 bits of nanoseconds.</summary>
    private const long LastSecond = 9_223_372_036;

    private const string NotProvided = "(not provided)";
    private const int Blocks = 20;

    private static readonly ApiParameter<string?> Namespace = new(
        "namespaceName", "The namespace.", Parameter.SchemaOf(253), text => text, absent: null)
    { Example = "shop", IsPath = true };

    private static readonly ApiParameter<string?> Cluster = Optional("cluster", "The cluster of flows.", NotProvided);
    private static readonly ApiParameter<string?> Name = Optional("name", "A workload; left out, every workload of the namespace has a policy.", "shop-0");

    private static readonly ApiParameter<string?> Kind = new(
        "kind", "Its kind.", Parameter.SchemaOf(ApiParameter.LongestText, shortest: 0), ReadKind, absent: null)
    { Example = "Namespace", MayBeEmpty = true };

    private static readonly MomentParameter<long?> From = Seconds("from", "Begin of the window in seconds since 1970; without it a day before its end.");
    private static readonly MomentParameter<long?> To = Seconds("to", "End of the window in seconds since 1970, part of it; without it now.");

    private static readonly string[] Kinds =
        ["Deployment", "StatefulSet", "DaemonSet", "Pod", "Namespace", "Job", "CronJob", "ReplicaSet"];

    private static readonly ApiOperation Simulated = new(ApiFamily.NetworkSecurity, "Network policies that what was seen implies")
    {
        Text = "YAML, one document a workload; with Accept: application/json the object, or a List. Nothing is stored.",
        Parameters = [Namespace, Cluster, Name, Kind, From, To],
        Answers = [ApiResponse.Ok(null, "application/yaml"), ApiResponse.Ok("PolicyDocument")],
    };

    private static readonly ApiOperation Status = new(ApiFamily.NetworkSecurity, "Whether it is there") { Answers = [ApiResponse.Ok("EmptyObject")] };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var security = routes.MapGroup("/api/v1/networkSecurity");
        security.MapPost("/namespaces/{namespaceName}/simulatedPolicies", ProposeAsync)
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Aggregates).WithOperation(Simulated);
        security.MapGet("/status", StatusAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Status);
    }

    private static async Task ProposeAsync(HttpContext context, FlowRequests requests, ObservedFlows flows, TimeProvider clock)
    {
        var parameters = RequestParameters.Of(context);
        var space = PolicyProposalApi.Checked("namespaceName", parameters.Get(Namespace));
        var (kind, name) = (parameters.Get(Kind), parameters.Get(Name));
        if (kind is not null and not "Namespace" && name is null)
        {
            throw new ParameterException("name", null, $"is missing beside kind={kind}", "the workload's name, or neither of the two");
        }

        if (parameters.Get(Cluster) is { } cluster && cluster != NotProvided)
        {
            throw new ParameterException("cluster", cluster, "has no pod and no flow in the window", NotProvided);
        }

        var options = new ProposalOptions(space, kind is "Namespace" ? null : kind, kind is "Namespace" ? null : name, Blocks, AlwaysDns: false);
        var selection = await requests.SelectNowAsync(context, now => new FlowSelection(WindowOf(parameters, now), FlowFilter.Everything));
        var (policies, notes) = await PolicyProposals.ProposeAsync(flows, selection, options, "namespaceName", context.RequestAborted);
        await (ProposalAnswer.IsJsonWanted(context.Request) ? ProposalAnswer.WriteObjectAsync(context, policies, selection.Window)
            : ProposalAnswer.WriteYamlAsync(context, policies, selection.Window, notes));
    }

    private static Task StatusAsync(HttpContext context, CancellationToken cancellationToken)
    {
        RequestParameters.RefuseAll(context);
        return context.Response.WriteAsJsonAsync(new { }, cancellationToken);
    }

    /// <summary>Both ends count, over the second that they are written to.</summary>
    private static TimeWindow WindowOf(RequestParameters parameters, DateTimeOffset now)
    {
        var to = parameters.Get(To, now) is { } end ? At(end + 1) : now;
        var from = parameters.Get(From, now) is { } begin ? At(begin) : to - TimeSpan.FromDays(1);
        return from < to ? new TimeWindow(from, to)
            : throw new ParameterException("from", parameters.TextOf(From), "is behind to", "a time before to, or the same second");
    }

    /// <summary>Of the store's range: what is behind it holds no flow.</summary>
    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, LastSecond));

    private static MomentParameter<long?> Seconds(string name, string text) => new(
        name, text, new() { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = LastSecond },
        (given, _) => given.Length == 0 ? null : ReadSeconds(name, given), absent: null)
    {
        Example = name == "from" ? 1_778_544_000 : 1_778_630_399,
        MayBeEmpty = true,
    };

    private static long ReadSeconds(string name, string given) =>
        !given.All(char.IsAsciiDigit) ? throw new ParameterException(name, given, "is not a whole number of seconds", $"0 to {LastSecond}")
        : long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LastSecond ? seconds
        : throw new ParameterException(name, given, "is too large: it is in seconds, not nanoseconds", $"0 to {LastSecond}");

    private static ApiParameter<string?> Optional(string name, string text, string example) => new(
        name, text, Parameter.SchemaOf(ApiParameter.LongestText, shortest: 0), given => given.Length == 0 ? null : given, absent: null)
    {
        Example = example,
        MayBeEmpty = true,
    };

    private static string? ReadKind(string given) => given.Length == 0 ? null : Kinds.Contains(given, StringComparer.Ordinal) ? given
        : throw new ParameterException("kind", given, "is not a known word", string.Join(", ", Kinds));
}
