using System.Text.Json;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Audits;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Audits;

/// <summary><c>GET /v1/audits</c>: what left pods, newest first; of all flows that are kept.</summary>
internal sealed class AuditsApi(FlowRequests requests, EgressAuditReader reader, RuntimeFinder runtimes)
{
    private const string Egress = "egress";

    /// <summary>Pods of one name that a refusal lists.</summary>
    private const int MostListed = 10;

    private static readonly TimeWindow Always = new(FilterTime.Earliest, FilterTime.End);

    private static readonly ApiParameter<string?> Category = Parameter.Choice<string>(
        "category", "The category; left out: every one, which is this one.", (Egress, Egress));

    private static readonly ApiParameter<string?> Pod = Parameter.Text(
        "runtime", "The pod: its UID, as the inventory knows it, namespace/name, or its name where only one namespace has it.", null);

    private static readonly IntegerParameter Limit = Parameter.Integer("limit", "Most audits; X-Result-Cut says whether there are more.", 1, 1000, 100, 2);

    private static readonly ApiOperation Newest = new(ApiFamily.Audits, "What left pods, newest first")
    {
        Text = "TCP connections that pods opened, each distinct flow once, and ICMP that was dropped, by pod and destination; of all that is kept. "
            + "UDP and allowed ICMP have no kind here: /api/v1/flows has them. http_request is never there, as flows hold no requests.",
        Parameters = [Category, Pod, Limit],
        Answers =
        [
            ApiResponse.Ok("Audits"),
            ApiResponse.Error(ApiFamily.Audits, StatusCodes.Status404NotFound, "Neither the inventory nor any flow that is kept knows the runtime."),
            ApiResponse.Error(
                ApiFamily.Audits, StatusCodes.Status409Conflict, "Several namespaces have a pod of the name, or all flows are being cleared."),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/audits", (HttpContext context, AuditsApi api, [FromServices] IngestTier? ingest) => api.GetAsync(context, ingest))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).WithOperation(Newest);

    private async Task GetAsync(HttpContext context, IngestTier? ingest)
    {
        var parameters = RequestParameters.Of(context);
        var limit = parameters.Get(Limit);
        _ = parameters.Get(Category);
        if (ingest?.IsClearing == true)
        {
            await ConflictAsync(context, "All flows are being cleared: ask again when that is done.");
            return;
        }

        var flows = await requests.SelectNowAsync(context, _ => new FlowSelection(Always, FlowFilter.Everything));
        Runtime? runtime = null;
        if (parameters.Get(Pod) is { } text)
        {
            var found = await runtimes.FindAsync(text, context.RequestAborted);
            if (found is not [var one])
            {
                await RefuseAsync(context, text, found);
                return;
            }

            runtime = one;
        }

        // One more, which says whether there are.
        var audits = await reader.NewestAsync(flows, runtime, limit + 1, context.RequestAborted);
        FlowResponses.DescribeWhole(context.Response, runtime?.Window ?? Always, audits.Count > limit);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (var audit in audits.Take(limit))
        {
            Write(json, audit);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, string text, IReadOnlyList<Runtime> found)
    {
        if (found.Count == 0)
        {
            return Problems.WriteAsync(
                context, StatusCodes.Status404NotFound, "There is no such runtime",
                $"{Pod.Name} = '{text}' is neither in the inventory nor in any flow that is kept. Allowed: a pod's UID, namespace/name, or name.");
        }

        var more = found.Count > MostListed ? $" and {found.Count - MostListed} more" : "";
        return ConflictAsync(
            context, $"{Pod.Name} = '{text}' is the name of {found.Count} pods: {string.Join(", ", found.Take(MostListed))}{more}. Say which of them.");
    }

    private static Task ConflictAsync(HttpContext context, string text) =>
        Problems.WriteAsync(context, StatusCodes.Status409Conflict, "The audits cannot be told now", text);

    private static void Write(Utf8JsonWriter json, EgressAudit audit)
    {
        var kind = audit.Kind == EgressKind.TcpConnection ? "tcp_connection" : "icmp_drop";
        json.WriteStartObject();
        json.WriteString("category"u8, Egress);
        json.WriteStartObject("payload"u8);
        json.WriteStartObject(Egress);
        json.WriteString("kind"u8, kind);
        json.WriteStartObject(kind);
        json.WriteString("action"u8, audit.IsAllowed ? "allow"u8 : "deny"u8);
        json.WriteString("runtime_id"u8, audit.Uid);
        json.WriteString("runtime_name"u8, audit.PodName.Length == 0 ? null : PodId.Of(audit.PodNamespace, audit.PodName, address: null));
        json.WriteString("destination_ip"u8, audit.Destination);
        if (audit is { Kind: EgressKind.TcpConnection, Port: { } port })
        {
            json.WriteNumber("destination_port"u8, port);
        }
        else if (audit.Kind == EgressKind.TcpConnection)
        {
            json.WriteNull("destination_port"u8);
        }

        json.WriteString("first_observed_at"u8, Time(audit.First));
        json.WriteString("last_observed_at"u8, Time(audit.Last));
        json.WriteNumber("count"u8, audit.Observations);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Time(long micros) => FilterTime.ToText(DateTimeOffset.UnixEpoch.AddMicroseconds(micros));
}
