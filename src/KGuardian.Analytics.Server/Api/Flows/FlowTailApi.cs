using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary><c>GET /api/v1/flows/tail</c>: new flows as server-sent events, each once, over any number of reconnects.</summary>
internal sealed class FlowTailApi(
    FlowRequests requests, ReadBarrier barrier, IngestTier ingest, TailSlots slots, FlowTailer tailer, IngestOptions options, TrustedClock clock)
{
    private const string LastEventId = "Last-Event-ID";

    private static readonly ApiParameter<string?> Cursor = Parameter.Text(
        "cursor", "The id of an event, with the same filter; the header Last-Event-ID comes before it.", null, CursorSigner.LongestText);

    private static readonly MomentParameter<TimeWindow?> From = Parameter.OptionalTime(
        "from", "Arrival time to begin at. Without it only what arrives from now on is sent.", "-5m");

    private static readonly ApiOperation Tail = new(ApiFamily.Flows, "New flows as they arrive, as server-sent events")
    {
        Text = "Each flow once, over any number of reconnects: "
            + "the header Last-Event-ID, or cursor, goes on behind the event of that id. Each event's data is a row.",
        Parameters = [FlowRequests.Filter, FlowsApi.Fields, Cursor, From],
        Answers = [ApiResponse.Ok(null, "text/event-stream")],
    };

    // Not limited as other rows are: a tail has no end, and Query:MaxTails of its own.
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/flows/tail", (HttpContext context, FlowTailApi api) => api.GetAsync(context))
            .OnServer(ServerRole.All).RequireRole(TokenRole.Read).WithOperation(Tail);

    private async Task GetAsync(HttpContext context)
    {
        var now = clock.GetUtcNow();
        var parameters = RequestParameters.Of(context);
        var columns = parameters.Get(FlowsApi.Fields);
        var given = Given(parameters, context.Request);
        var from = Begin(parameters, given, now);
        if (options.Servers == IngestServers.Several)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status501NotImplemented, "Flows of several ingest servers cannot be tailed",
                "Each knows the order of its own flows only, so a tail could pass over some: it needs Ingest:Servers = one.");
            return;
        }

        if (ingest.NotReady is { } reason)
        {
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Flows cannot be tailed now", reason);
            return;
        }

        var signer = await requests.SignerAsync(context.RequestAborted);
        var cursor = given.ReadTail(signer, now);
        var filter = Filter(parameters, cursor?.Now ?? now);
        given.Check(cursor, filter);
        if (!slots.TryEnter())
        {
            context.Response.Headers.RetryAfter = "5";
            await Problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many tails are open", "Query:MaxTails says how many there can be.");
            return;
        }

        try
        {
            // What was acknowledged before now is no news.
            await barrier.WaitAsync(context);
            var loaded = ingest.Arrivals.HighWatermark;
            // An order that ends before the cursor is an older state of the store, put back by other means than a restore: what it has is no news.
            var begin = cursor is { } known ? known with { Sequence = Math.Min(known.Sequence, loaded) }
                : TailCursor.Begin(filter, now, Math.Min(from ?? loaded, loaded));
            await tailer.RunAsync(context, begin, filter, columns, signer);
        }
        finally
        {
            slots.Leave();
        }
    }

    /// <summary>Where the client was, and how it says so. A browser that reconnects asks for the same address with the header, which is newer.</summary>
    private static RequestCursor Given(RequestParameters parameters, HttpRequest request)
    {
        const string Allowed = "the id of an event, with the same filter";
        if (request.Headers[LastEventId] is not { Count: > 0 } headers)
        {
            return new RequestCursor(Cursor.Name, parameters.Get(Cursor), Allowed);
        }

        return headers is [{ Length: > 0 and <= ApiParameter.LongestText } header]
            ? new RequestCursor(LastEventId, header, Allowed)
            : throw new ParameterException(LastEventId, headers, "is not one id", "the id of the last event, or the header left out");
    }

    /// <summary>Microseconds since 1970 of the arrival time to begin at; null for now.</summary>
    private static long? Begin(RequestParameters parameters, RequestCursor given, DateTimeOffset now)
    {
        if (!parameters.Has(From))
        {
            return null;
        }

        var text = parameters.TextOf(From);
        if (given.Name == Cursor.Name && given.Text is not null)
        {
            throw new ParameterException(From.Name, text, "says where a tail begins, and cursor where one goes on", "one of them");
        }

        var begin = parameters.Get(From, now)!.Value.From;
        return begin <= now
            ? Math.Max(0, (begin - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
            : throw new ParameterException(From.Name, text, "is in the future", "a time up to now, such as -5m");
    }

    private static FlowFilter Filter(RequestParameters parameters, DateTimeOffset now)
    {
        var filter = parameters.Get(FlowRequests.Filter, now);
        if (Asks(filter, field => field.IsName))
        {
            throw new ParameterException(
                FlowRequests.Filter.Name, parameters.TextOf(FlowRequests.Filter),
                "asks for names: whose an address is may be said after the flow has arrived", "the columns of flows");
        }

        return !Asks(filter, field => field == FlowField.LastSeen || field == FlowField.Observations)
            ? filter
            : throw new ParameterException(
                FlowRequests.Filter.Name, parameters.TextOf(FlowRequests.Filter),
                "asks for last_seen or observations: a flow that arrives was seen once", "every other field");
    }

    private static bool Asks(FlowFilter filter, Func<FlowField, bool> isAsked) => filter switch
    {
        FlowComparison comparison => isAsked(comparison.Field),
        FlowGroup group => group.Filters.Any(part => Asks(part, isAsked)),
        FlowNot not => Asks(not.Filter, isAsked),
        _ => false,
    };
}
