using System.Text.Json;
using KGuardian.Analytics.Policies.Changes;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary><c>GET /api/v1/edges/changes</c>: who talks to whom that did not before, or does no more, or with another decision.</summary>
internal static class EdgeChangesApi
{
    private static readonly MomentParameter<TimeWindow?> BeforeFrom = Parameter.OptionalTime(
        "before_from", "Begin of the window that is compared with; left out, it is as long as the other one.", "2026-05-11");

    private static readonly MomentParameter<TimeWindow?> BeforeTo = Parameter.OptionalTime(
        "before_to", "End of the window that is compared with, not part of it; left out, from.", "2026-05-12");

    private static readonly IntegerParameter Limit = Parameter.Integer("limit", "Most edges.", 1, 10_000, 1000, 100);

    private static readonly IntegerParameter Offset = Parameter.Integer(
        "offset", "Edges that are passed over: next_offset of the answer before, with its windows.", 0, EdgeComparison.MostEdges, 0, 0);

    private static readonly ApiOperation Changes = new(ApiFamily.Policies, "Edges that are new, gone or changed between two windows")
    {
        Text = "Edges are of workloads, by client, server, port and protocol; changed is one with other decisions than before. "
            + "In the order of client and server.",
        Parameters = [FlowRequests.From, FlowRequests.To, FlowRequests.Filter, BeforeFrom, BeforeTo, Limit, Offset],
        Answers = [ApiResponse.Ok("EdgeChanges")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/edges/changes", GetAsync).LimitedPerClient(ClientLimits.Aggregates).Cached()
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Changes);

    private static async Task GetAsync(HttpContext context, FlowRequests requests, ObservedFlows flows, TimeProvider clock)
    {
        var parameters = RequestParameters.Of(context);
        var (limit, offset, now) = (parameters.Get(Limit), parameters.Get(Offset), clock.GetUtcNow());
        var (givenFrom, givenTo) = (parameters.Get(BeforeFrom, now)?.From, parameters.Get(BeforeTo, now)?.From);
        var selection = await requests.SelectNowAsync(context, parameters);
        var to = givenTo ?? selection.Window.From;
        var from = givenFrom ?? to - (selection.Window.To - selection.Window.From);
        if (from >= to)
        {
            throw new ParameterException(
                BeforeFrom.Name, parameters.TextOf(BeforeFrom), $"is not before before_to, which is {FilterTime.ToText(to)}", "a time before before_to");
        }

        var before = selection with { Window = new TimeWindow(from, to) };
        var comparison = new EdgeComparison();
        var outside = await flows.OutsideAsync([before, selection], [], context.RequestAborted);
        foreach (var (window, isAfter) in new[] { (before, false), (selection, true) })
        {
            await flows.ReadAsync(
                window, new EdgeDetail { HasExamples = true }, outside, _ => { }, (edge, _) => comparison.Add(edge, isAfter), (_, _) => Task.CompletedTask,
                context.RequestAborted);
        }

        var all = comparison.Changes();
        var isCut = all.Count > offset + limit;
        await FlowResponses.WriteAsync(context, selection.Window, isCut || comparison.FlowsLeftOut > 0, json =>
        {
            json.WriteStartArray("data");
            foreach (var change in all.Skip(offset).Take(limit))
            {
                Write(json, change);
            }

            json.WriteEndArray();
            json.WriteNumber("changes", all.Count);
            json.WriteNumber("flows_left_out", comparison.FlowsLeftOut);
            if (isCut)
            {
                json.WriteNumber("next_offset", offset + limit);
            }

            json.WriteStartObject("before");
            json.WriteString("from", FilterTime.ToText(from));
            json.WriteString("to", FilterTime.ToText(to));
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, EdgeChange change)
    {
        json.WriteStartObject();
        json.WriteString("change", change.Word);
        ReplayJson.WriteEnds(json, change.Key.Client, change.Key.Server, change.Key.Protocol, change.Key.ServerPort);
        WriteSide(json, "before", change.DecisionsBefore, change.Before);
        WriteSide(json, "after", change.DecisionsAfter, change.After);
        json.WriteEndObject();
    }

    private static void WriteSide(
        Utf8JsonWriter json, string name, IReadOnlyList<string> decisions, EdgeTally? tally)
    {
        if (tally is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteStartArray("decisions");
        foreach (var decision in decisions)
        {
            json.WriteStringValue(decision);
        }

        json.WriteEndArray();
        ReplayJson.WriteTally(json, tally);
        json.WriteEndObject();
    }
}
