using System.Text.Json;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Api.Events;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Activity;

/// <summary>Flows as events of the activity audit: pages, one of them, and what its pod did meanwhile.</summary>
internal sealed class ActivityEventsApi(ActivityRequests activity, FlowRequests requests, ActivityReader reader, TopologyOptions options, TimeProvider clock)
{
    private static readonly EventParameters Events = ActivityRequests.Events;

    private static readonly ApiResponse NotFound = ApiResponse.Error(ApiFamily.ActivityAudit, StatusCodes.Status404NotFound, "There is no such event.");

    private static readonly ApiOperation Pages = new(ApiFamily.ActivityAudit, "Flows as events, newest first")
    {
        Text = "A distinct flow is an event of the type connection, at the time when it was first seen; how often it was seen is its count. "
            + "prev leads to older events, next to newer ones; they are there when there are such, with from and to always. "
            + "A cursor is a place in time: it has no lifetime.",
        Parameters = [Events.From, Events.To, Events.Cursor, Events.Limit, ActivityRequests.ScopeFilter, ActivityRequests.Filter, ActivityRequests.Types],
        Answers = [ApiResponse.Ok("ActivityEvents")],
    };

    private static readonly ApiOperation One = new(ApiFamily.ActivityAudit, "One event")
    {
        Parameters = [ActivityRequests.Type, ActivityRequests.EventId, ActivityRequests.Metrics],
        Answers = [ApiResponse.Ok("ActivityEvent"), NotFound],
    };

    private static readonly ApiOperation Trace = new(ApiFamily.ActivityAudit, "The connections of an event's pod that were active while it was")
    {
        Text = "The event is among them. One that was seen within the last hour has not ended.",
        Parameters = [ActivityRequests.Type, ActivityRequests.EventId, Events.Limit],
        Answers =
        [
            ApiResponse.Ok("ActivityEvents"), NotFound,
            ApiResponse.Error(
                ApiFamily.ActivityAudit, StatusCodes.Status422UnprocessableEntity,
                "The event does not support tracing: it was dropped, or the name of its pod is not known. Or the query needs more than a setting allows."),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var events = routes.MapGroup("/api/v2/activityAudit/events").LimitedPerClient(ClientLimits.Rows);
        Get(events, "", (context, api) => api.PageAsync(context), Pages);
        Get(events, "/{type}/{eventId}", (context, api) => api.OneAsync(context), One);
        Get(events, "/{type}/{eventId}/trace", (context, api) => api.TraceAsync(context), Trace);
    }

    private static void Get(RouteGroupBuilder group, string path, Func<HttpContext, ActivityEventsApi, Task> answer, ApiOperation operation) =>
        group.MapGet(path, (HttpContext context, ActivityEventsApi api) => answer(context, api))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(operation);

    private async Task PageAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var signer = await requests.SignerAsync(context.RequestAborted);
        var request = Events.Read(parameters, signer, clock.GetUtcNow());
        var flows = await requests.SelectNowAsync(context, now => new FlowSelection(request.Times, activity.FilterOf(parameters, now)));
        var page = await request.ReadAsync(reader.Of(flows), context.RequestAborted);
        await WriteAsync(context, request.Times, page, signer);
    }

    private async Task OneAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var metrics = parameters.Get(ActivityRequests.Metrics);
        if (await FindAsync(context, parameters) is not { } one)
        {
            return;
        }

        var signer = await requests.SignerAsync(context.RequestAborted);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        ActivityJson.Write(json, one, Cursor(one, signer), options.ClusterName, metrics);
        await json.FlushAsync(context.RequestAborted);
    }

    private async Task TraceAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var limit = parameters.Get(Events.Limit);
        if (await FindAsync(context, parameters) is not { } traced)
        {
            return;
        }

        if (!traced.Row.IsTraceable)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status422UnprocessableEntity, "The event cannot be traced",
                "The event does not support tracing: it was dropped, or the name of its pod is not known.");
            return;
        }

        var flows = await requests.SelectAsync(
            reader.TraceOf(traced, new FlowSelection(default, FlowFilter.Everything)), context.RequestAborted);
        var page = await EventPage.ReadAsync(reader.Of(flows), flows.Window, limit, context.RequestAborted);
        await WriteAsync(
            context, flows.Window, page with { Prev = null, Next = null }, await requests.SignerAsync(context.RequestAborted));
    }

    /// <summary>The event that the path names; where there is none the request is answered.</summary>
    private async Task<ActivityEvent?> FindAsync(HttpContext context, RequestParameters parameters)
    {
        if (activity.OneOf(parameters, clock.GetUtcNow()) is { } one)
        {
            var flows = await requests.SelectNowAsync(context, _ => one);
            var rows = await reader.Of(flows).ReadAsync(EventRange.Of(flows.Window), newestFirst: true, limit: 1, context.RequestAborted);
            if (rows.Count > 0)
            {
                return (await reader.DescribeAsync(rows, context.RequestAborted))[0];
            }
        }

        await Problems.WriteAsync(
            context, StatusCodes.Status404NotFound, "There is no such event",
            $"There is no event of the type '{parameters.Get(ActivityRequests.Type)}' with the id '{parameters.Get(ActivityRequests.EventId)}'.");
        return null;
    }

    private async Task WriteAsync(HttpContext context, TimeWindow times, EventPage<ActivityRow> page, CursorSigner signer)
    {
        var described = new EventPage<ActivityEvent>(
            await reader.DescribeAsync(page.Rows, context.RequestAborted), page.Total, page.Prev, page.Next);
        await EventAnswers.WritePageAsync(
            context, times, described, cursor => signer.Write(cursor, ActivityRequests.Family),
            (json, one) => ActivityJson.Write(json, one, Cursor(one, signer), options.ClusterName, metrics: null));
    }

    private static string Cursor(ActivityEvent one, CursorSigner signer) => signer.Write(
        new EventCursor(EventDirection.Around, new EventPosition(one.Row.Micros, one.Row.FlowId), IsInclusive: true), ActivityRequests.Family);
}
