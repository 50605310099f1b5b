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
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary><c>GET /api/v1/flows/tail</c>: new flows as server-sent events, each once, over any number of reconnects.</summary>
internal static class FlowTailApi
{
    private const string LastEventId = "Last-Event-ID";

    // Not limited as other rows are: a tail has no end, and Query:MaxTails of its own.
    public static void MapFlowTail(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/flows/tail", GetAsync).OnTier(ServerRole.All).Needs(TokenRole.Read).Documented(FlowDocuments.Tail);

    private static async Task GetAsync(
        HttpContext context, FlowRequests requests, ReadBarrier barrier, [FromServices] IngestTier? tier, TailSlots slots, FlowTailer tailer, IngestOptions options,
        TrustedClock clock)
    {
        var ingest = tier!;
        var now = clock.GetUtcNow();
        var parameters = new QueryParameters(context.Request);
        var columns = FlowsApi.Columns(parameters);
        var (id, idName) = Id(parameters, context.Request);
        var from = From(parameters, idName == "cursor", now);
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
        var cursor = Cursor(idName, id, signer, now);
        var filter = Filter(parameters, cursor?.Now ?? now);
        Check(idName, id, cursor, filter);
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
            var loaded = ingest.Arrivals.Loaded;
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
    private static (string? Id, string Name) Id(QueryParameters parameters, HttpRequest request)
    {
        var parameter = parameters.Text("cursor");
        if (request.Headers[LastEventId] is not { Count: > 0 } headers)
        {
            return (parameter, "cursor");
        }

        if (headers is not [{ Length: > 0 and <= QueryParameters.LongestValue } header])
        {
            throw new ParameterException(LastEventId, headers, "is not one id", "the id of the last event, or the header left out");
        }

        return (header, LastEventId);
    }

    private static long? From(QueryParameters parameters, bool byCursor, DateTimeOffset now)
    {
        if (parameters.Text("from") is not { } text)
        {
            return null;
        }

        if (byCursor && parameters.Text("cursor") is not null)
        {
            throw new ParameterException("from", text, "says where a tail begins, and cursor where one goes on", "one of them");
        }

        return !FilterTime.TryParse(text, now, out var time) ? throw new ParameterException("from", text, "is not a time", FilterTime.Expected)
            : time.From > now ? throw new ParameterException("from", text, "is in the future", "a time up to now, such as -5m")
            : Math.Max(0, (time.From - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
    }

    private static FlowFilter Filter(QueryParameters parameters, DateTimeOffset now)
    {
        var filter = FlowRequests.Filter(parameters.Text("filter"), now);
        return !AsksActivity(filter)
            ? filter
            : throw new ParameterException(
                "filter", parameters.Text("filter"), "asks for last_seen or observations: a flow that arrives was seen once", "every other field");
    }

    private static bool AsksActivity(FlowFilter filter) => filter switch
    {
        FlowComparison comparison => comparison.Field == FlowField.LastSeen || comparison.Field == FlowField.Observations,
        FlowGroup group => group.Filters.Any(AsksActivity),
        FlowNot not => AsksActivity(not.Filter),
        _ => false,
    };

    private static TailCursor? Cursor(string name, string? id, CursorSigner signer, DateTimeOffset now)
    {
        try
        {
            return id is null ? null : signer.ReadTail(id, now);
        }
        catch (CursorException e)
        {
            throw Unusable(name, id!, e);
        }
    }

    private static void Check(string name, string? id, TailCursor? cursor, FlowFilter filter)
    {
        try
        {
            cursor?.Check(filter);
        }
        catch (CursorException e)
        {
            throw Unusable(name, id!, e);
        }
    }

    private static ParameterException Unusable(string name, string id, CursorException e) =>
        new(name, id, e.Problem, "the id of an event, with the same filter");
}
