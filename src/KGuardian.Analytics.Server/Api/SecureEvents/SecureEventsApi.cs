using System.Text.Json;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Api.Events;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.SecureEvents;

/// <summary>The events below <c>/api/v1/secureEvents</c>, their fields, and whether there are any.</summary>
internal sealed class SecureEventsApi(SecureEventRequests requests, EventReader reader, EventAggregates aggregates, TopologyOptions topology)
{
    private static readonly ApiParameter<string?> EventId = new(
        "eventId", "Id of an event: 32 hexadecimal digits.", Parameter.SchemaOf(ApiParameter.LongestText), given => given, absent: null)
    { Example = "17b4103ccf0f0c00a1b2c3d4e5f60718", IsPath = true };

    private static readonly ApiOperation List = new(ApiFamily.SecureEvents, "Events, newest first")
    {
        Text = "A page goes on with prev to older and with next to newer events, beyond the window too. A late flow has its place by its own time: what "
            + "arrives behind a walk to the newer does not show in it. To get each event, in the order in which they are raised, there is forwarding.",
        Parameters =
        [
            SecureEventRequests.Range.From, SecureEventRequests.Range.To, SecureEventRequests.Range.Cursor, SecureEventRequests.Filter,
            SecureEventRequests.Range.Limit, SecureEventRequests.Simulation,
        ],
        Answers =
        [
            ApiResponse.Ok("SecureEvents"),
            ApiResponse.Error(ApiFamily.SecureEvents, StatusCodes.Status422UnprocessableEntity, "The filter names a field that there is not."),
        ],
    };

    private static readonly ApiOperation One = new(ApiFamily.SecureEvents, "An event")
    {
        Parameters = [EventId],
        Answers =
        [
            ApiResponse.Ok("SecureEvent"),
            ApiResponse.Error(ApiFamily.SecureEvents, StatusCodes.Status404NotFound, "There is no such event, or none any more."),
        ],
    };

    private static readonly ApiOperation Filters = new(ApiFamily.SecureEvents, "The fields that filters take")
    {
        Answers = [ApiResponse.Ok("SecureEventFilters")],
    };

    private static readonly ApiOperation Status = new(ApiFamily.SecureEvents, "Whether events can be asked for")
    {
        Answers = [ApiResponse.Ok("TopologyStatus")],
    };

    private static readonly ApiOperation HasEvents = new(ApiFamily.SecureEvents, "Whether there is any event")
    {
        Answers = [ApiResponse.Ok("SecureEventsAny")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var events = routes.MapGroup("/api/v1/secureEvents");
        var rows = events.MapGroup("").LimitedPerClient(ClientLimits.Rows);
        Get(rows, "", (context, api) => api.ListAsync(context), List);
        // Literals win: none of the other routes is taken for an id.
        Get(rows, "/{eventId}", (context, api) => api.FindAsync(context), One);
        Get(rows, "/hasEvents", (context, api) => api.HasEventsAsync(context), HasEvents);
        Get(events, "/filters", (context, api) => api.FiltersAsync(context), Filters);
        Get(events, "/status", (context, api) => api.StatusAsync(context), Status);
    }

    private static void Get(RouteGroupBuilder group, string path, Func<HttpContext, SecureEventsApi, Task> answer, ApiOperation operation) =>
        group.MapGet(path, (HttpContext context, SecureEventsApi api) => answer(context, api))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(operation);

    private async Task ListAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var category = parameters.Get(SecureEventRequests.Simulation);
        var (request, signer) = await requests.ReadPageAsync(context, parameters);
        var filter = requests.ReadFilter(parameters, StatusCodes.Status422UnprocessableEntity);
        await requests.CatchUpAsync(context);
        var source = reader.Source(filter, await requests.FlowIdAsync(context.RequestAborted), category);
        var page = await request.ReadAsync(source, context.RequestAborted);
        var described = page with { Rows = await reader.DescribeAsync(page.Rows, context.RequestAborted) };
        await EventAnswers.WritePageAsync(
            context, request.Times, described, Text, (json, found) => SecureEventJson.Write(json, found, topology.ClusterName, Text));

        string Text(Query.Cursors.EventCursor cursor) => signer.Write(cursor, SecureEventRequests.Family);
    }

    private async Task FindAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        await requests.CatchUpAsync(context);
        var signer = await requests.SignerAsync(context.RequestAborted);
        var found = FlowEventId.TryParse(parameters.Get(EventId)!, out var id)
            ? await reader.FindAsync(id, await requests.FlowIdAsync(context.RequestAborted), context.RequestAborted) : null;
        if (found is null)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status404NotFound, "There is no such event",
                $"There is no event {parameters.Get(EventId)}: there never was, or it has expired or was cleared.");
            return;
        }

        await WriteAsync(context, json => SecureEventJson.Write(
            json, found, topology.ClusterName, cursor => signer.Write(cursor, SecureEventRequests.Family)));
    }

    private async Task FiltersAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        await context.Response.WriteAsJsonAsync(requests.Vocabulary.Names, context.RequestAborted);
    }

    private async Task StatusAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        await requests.CatchUpAsync(context);
        await context.Response.WriteAsJsonAsync(new { }, context.RequestAborted);
    }

    private async Task HasEventsAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        await requests.CatchUpAsync(context);
        var any = await aggregates.AnyAsync(context.RequestAborted);
        // There are no events of an older product here.
        await context.Response.WriteAsJsonAsync(new { hasEvents = any, hasLegacyEvents = false }, context.RequestAborted);
    }

    /// <summary>Answers with JSON.</summary>
    internal static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        write(json);
        await json.FlushAsync(context.RequestAborted);
        // A body that is also kept is not sent by itself at the end.
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
