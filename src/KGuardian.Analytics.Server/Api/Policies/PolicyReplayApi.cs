using System.Text.Json;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Policies.Replay;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary><c>POST /api/v1/policies/replay</c> and <c>/diff</c>: what policies, or a change of them, would have made of stored flows.</summary>
internal static class PolicyReplayApi
{
    private static readonly ApiParameter<string?> Namespace = Parameter.Text(
        "namespace", "The namespace of policies that name none; left out, each has to name one.", "shop", longest: 253);

    private static readonly IntegerParameter Limit = Parameter.Integer(
        "limit", "Most edges: those that would be blocked first. Totals count all.", 1, 10_000, 1000, 100);

    private static readonly ApiParameter<bool> CountsRepeats = Parameter.Word(
        "metric", "What is counted beside flows: with observations also repeats, at a multiple of the cost.", ("flows", false), ("observations", true));

    private static readonly ApiParameter<bool> IsLines = Parameter.Word(
        "format", "One document, or lines with progress after each day; the header Accept says it, too.", ("json", false), ("ndjson", true));

    private static readonly ApiParameter<bool> ShowsAllowed = Parameter.Word(
        "show", "Which edges: all, or only those that would not surely be let through.", ("all", true), ("blocked", false));

    private static readonly ApiParameter[] Window = [FlowRequests.From, FlowRequests.To, FlowRequests.Filter, Namespace, Limit, CountsRepeats, IsLines];

    private static readonly ApiOperation Replay = new(ApiFamily.Policies, "What policies would have made of stored flows")
    {
        Text = "The body is NetworkPolicy documents, YAML or JSON, with Namespace documents for labels of namespaces; they are taken as all the "
            + "policies there are. "
            + "Names are those of each flow's time. Where names, labels or ports are not known the verdict is unknown.",
        Parameters = [.. Window, ShowsAllowed],
        Body = "PolicyDocument",
        Answers = [ApiResponse.Ok("PolicyReplay"), ApiResponse.Ok(null, "application/x-ndjson")],
    };

    private static readonly ApiOperation Diff = new(ApiFamily.Policies, "What a change of policies would have changed")
    {
        Text = "The body is the policies before and after, as a form with two parts (curl -F before=@old.yaml -F after=@new.yaml) or as a JSON object. "
            + "Only edges whose verdict changes are shown.",
        Parameters = Window,
        Body = "PolicyChange",
        Answers = [ApiResponse.Ok("PolicyReplay"), ApiResponse.Ok(null, "application/x-ndjson")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var policies = routes.MapGroup("/api/v1/policies").LimitedPerClient(ClientLimits.Aggregates)
            .WithMetadata(new RequestSizeLimitAttribute(PolicyBodies.MostBytes));
        policies.MapPost("/replay", ReplayAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Replay);
        policies.MapPost("/diff", DiffAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Diff);
    }

    private static async Task ReplayAsync(HttpContext context, FlowRequests requests, ObservedFlows flows)
    {
        var parameters = RequestParameters.Of(context);
        var shown = Shown.Read(parameters, context.Request) with { HasAllowed = parameters.Get(ShowsAllowed) };
        var selection = await requests.SelectNowAsync(context, parameters);
        await RunAsync(context, flows, selection, shown, await PolicyBodies.ReadAsync(context.Request, parameters.Get(Namespace)), null);
    }

    private static async Task DiffAsync(HttpContext context, FlowRequests requests, ObservedFlows flows)
    {
        var parameters = RequestParameters.Of(context);
        var shown = Shown.Read(parameters, context.Request);
        var selection = await requests.SelectNowAsync(context, parameters);
        var (before, after) = await PolicyBodies.ReadTwoAsync(context.Request, parameters.Get(Namespace));
        await RunAsync(context, flows, selection, shown, after, before);
    }

    private static async Task RunAsync(
        HttpContext context, ObservedFlows flows, FlowSelection selection, Shown asked, PolicySet set, PolicySet? before)
    {
        var (limit, countsRepeats, isLines, showsAllowed) = asked;
        var replay = new PolicyReplay(set, before);
        var outside = await flows.OutsideAsync([selection], [.. set.Networks, .. before?.Networks ?? []], context.RequestAborted);
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        await flows.ReadAsync(
            selection, new EdgeDetail { CountsRepeats = countsRepeats, HasExamples = true }, outside, _ => { }, replay.Add, async (slice, of) =>
            {
                replay.EndSlice();
                if (isLines)
                {
                    Begin(context, selection.Window, "application/x-ndjson");
                    Line(context, json, "progress", line =>
                    {
                        line.WriteNumber("slice", slice);
                        line.WriteNumber("of", of);
                        line.WriteNumber("flows", replay.Totals.Flows);
                        line.WriteNumber("edges", replay.Totals.Edges);
                    });
                    await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                }
            },
            context.RequestAborted);

        var all = replay.Edges().Where(edge => showsAllowed || edge.Key.After.IsAllowed != Truth.Yes).ToArray();
        var isCut = all.Length > limit || replay.FlowsNotShown > 0;
        var note = replay.Totals.Flows == 0 ? flows.WhyNone(selection) : null;
        var shown = all.Take(limit);
        if (!isLines)
        {
            Begin(context, selection.Window, "application/json");
            FlowResponses.DescribeWhole(context.Response, selection.Window, isCut);
            json.WriteStartObject();
            Array(json, "edges", shown, (line, edge) => ReplayJson.WriteEdge(line, edge.Key, edge.Value));
            Array(
                json, "unused_rules", replay.Usage.Unused,
                (line, rule) => ReplayJson.WriteRule(line, rule.Policy, rule.IsIngress, rule.Rule, rule.IsPerhapsUsed));
            Array(json, "warnings", set.Warnings, WriteWarning);
            json.WriteStartObject("totals");
            ReplayJson.WriteTotals(json, replay, before is not null, isCut, note);
            json.WriteEndObject();
            WriteWindow(json, selection.Window);
            json.WriteEndObject();
            await json.FlushAsync(context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            return;
        }

        foreach (var edge in shown)
        {
            Line(context, json, "edge", line => ReplayJson.WriteEdge(line, edge.Key, edge.Value));
        }

        foreach (var rule in replay.Usage.Unused)
        {
            Line(context, json, "unused_rule", line => ReplayJson.WriteRule(line, rule.Policy, rule.IsIngress, rule.Rule, rule.IsPerhapsUsed));
        }

        foreach (var warning in set.Warnings)
        {
            Line(context, json, "warning", line => WriteWarning(line, warning));
        }

        Line(context, json, "totals", line =>
        {
            ReplayJson.WriteTotals(line, replay, before is not null, isCut, note);
            WriteWindow(line, selection.Window);
        });
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static void WriteWarning(Utf8JsonWriter json, PolicyWarning warning)
    {
        json.WriteString("field", warning.Field);
        json.WriteNumber("line", warning.Line);
        json.WriteString("problem", warning.Problem);
    }

    private static void WriteWindow(Utf8JsonWriter json, TimeWindow window)
    {
        json.WriteStartObject("window");
        json.WriteString("from", FilterTime.ToText(window.From));
        json.WriteString("to", FilterTime.ToText(window.To));
        json.WriteEndObject();
    }

    private static void Begin(HttpContext context, TimeWindow window, string type)
    {
        if (context.Response.HasStarted)
        {
            return;
        }

        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Response.Headers[FlowResponses.WindowFrom] = FilterTime.ToText(window.From);
        context.Response.Headers[FlowResponses.WindowTo] = FilterTime.ToText(window.To);
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Line(HttpContext context, Utf8JsonWriter json, string name, Action<Utf8JsonWriter> write)
    {
        json.WriteStartObject();
        json.WriteStartObject(name);
        write(json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        json.Reset();
        context.Response.BodyWriter.Write("\n"u8);
    }

    /// <summary>What an answer shows.</summary>
    private sealed record Shown(int Limit, bool CountsRepeats, bool IsLines, bool HasAllowed)
    {
        public static Shown Read(RequestParameters parameters, HttpRequest request) => new(
            parameters.Get(PolicyReplayApi.Limit), parameters.Get(PolicyReplayApi.CountsRepeats),
            parameters.Get(PolicyReplayApi.IsLines)
                || request.Headers.Accept.ToString().Contains("application/x-ndjson", StringComparison.OrdinalIgnoreCase),
            HasAllowed: true);
    }

    private static void Write(this System.IO.Pipelines.PipeWriter to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to.GetSpan(bytes.Length));
        to.Advance(bytes.Length);
    }
}
