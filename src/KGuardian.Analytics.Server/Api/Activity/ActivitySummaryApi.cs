using System.Text.Json;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Server.Api.Events;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Activity;

/// <summary><c>GET /api/v2/activityAudit/summary</c>: how many events of each type there are, in all or over time.</summary>
internal sealed class ActivitySummaryApi(ActivityRequests activity, FlowRequests requests, ActivityReader reader, TimeProvider clock)
{
    private static readonly EventParameters Events = ActivityRequests.Events;

    private static readonly ApiParameter<bool> Segment = Parameter.Word(
        "segment", "Whether they are counted by steps, with zeros, or in all.", ("false", false), ("true", true));

    private static readonly ApiOperation Summary = new(ApiFamily.ActivityAudit, "How many events of each type there are")
    {
        Text = "Steps are the shortest of 10 s, 1, 5, 10, 30 min, 1, 3, 6, 12 h, 1 d that make at most 100, or whole days; "
            + "they begin at multiples of their length since 1970. "
            + "Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age).",
        Parameters = [Events.From, Events.To, ActivityRequests.ScopeFilter, ActivityRequests.Filter, ActivityRequests.Types, Segment],
        Answers = [ApiResponse.Ok("ActivitySummary")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v2/activityAudit/summary", (HttpContext context, ActivitySummaryApi api) => api.GetAsync(context))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Aggregates).Cached().WithOperation(Summary);

    private async Task GetAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var (types, isSegmented) = (parameters.Get(ActivityRequests.Types), parameters.Get(Segment));
        var window = Events.ReadWindow(parameters, clock.GetUtcNow());
        var flows = await requests.SelectNowAsync(context, now => new FlowSelection(window.Times, activity.FilterOf(parameters, now)));
        var (points, step) = !ActivityRequests.Has(types, ActivityVocabulary.Connection) ? ([], isSegmented ? StepsOf(window).Step : LengthOf(window))
            : isSegmented ? await CountStepsAsync(reader.Of(flows), window, context.RequestAborted)
            : ([(window.From, await reader.Of(flows).CountAsync(EventRange.Of(window.Times), context.RequestAborted))], LengthOf(window));

        FlowResponses.DescribeWhole(context.Response, window.Times, isCut: false);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteStartObject("values"u8);
        foreach (var type in ActivityVocabulary.Types.Where(type => ActivityRequests.Has(types, type)))
        {
            json.WriteStartArray(type);
            foreach (var (time, count) in type == ActivityVocabulary.Connection ? points : [])
            {
                json.WriteStartArray();
                json.WriteNumberValue(time);
                json.WriteNumberValue(count);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteNumber("step"u8, step);
        json.WriteEndObject();
        json.WriteEndArray();
        await json.FlushAsync(context.RequestAborted);
        // A body that is also kept is not sent by itself at the end.
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static async Task<(IReadOnlyList<(long Time, long Count)> Points, long Step)> CountStepsAsync(
        ActivitySource source, EventWindow window, CancellationToken cancellationToken)
    {
        var steps = StepsOf(window);
        var counts = await source.CountAsync(window, steps, cancellationToken);
        return ([.. Enumerable.Range(0, steps.Count).Select(step => (steps.BeginOf(step), counts.GetValueOrDefault(step)))], steps.Step);
    }

    private static EventSteps StepsOf(EventWindow window) => EventSteps.Of(window.From, window.To);

    private static long LengthOf(EventWindow window) => Math.Max(1, window.To - window.From);
}
