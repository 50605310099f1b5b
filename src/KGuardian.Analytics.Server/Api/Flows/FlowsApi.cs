using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary><c>GET /api/v1/flows</c>: pages by cursor in a JSON envelope, or the whole window as a stream of rows.</summary>
internal static class FlowsApi
{
    internal const int DefaultLimit = 100;
    internal const int PageLimit = 1000;

    /// <summary>What collapsed flows differ in.</summary>
    private static readonly string[] OfOneFlow = ["uuid", "time_stamp"];

    public static void MapFlows(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/flows", GetAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).Documented(FlowDocuments.Flows);

    private static Task GetAsync(
        HttpContext context, FlowRequests requests, FlowReader reader, FlowCounter counter, ReadBarrier barrier, RowStreamer streamer, TimeProvider clock)
    {
        var parameters = new QueryParameters(context.Request);
        return parameters.Word("collapse", "none", "ports") == "ports" ? CollapsedAsync(context, parameters, requests, counter)
            : RowFormats.Named(parameters, context.Request) is { } format
            ? StreamAsync(context, parameters, format, requests, reader, counter, barrier, streamer, clock.GetUtcNow())
            : PageAsync(context, parameters, requests, reader, barrier, clock.GetUtcNow());
    }

    private static async Task PageAsync(
        HttpContext context, QueryParameters parameters, FlowRequests requests, FlowReader reader, ReadBarrier barrier, DateTimeOffset now)
    {
        var limit = parameters.Integer("limit", 1, PageLimit) ?? DefaultLimit;
        var (columns, newestFirst) = (Columns(parameters), NewestFirst(parameters));
        var signer = await requests.SignerAsync(context.RequestAborted);
        var cursor = Cursor(parameters, signer, now);
        // A walk's relative times count from its begin: the same request asks for the same window on every page.
        var began = cursor?.Now ?? now;
        var selection = await requests.SelectAsync(parameters, began, context.RequestAborted);
        Check(parameters, cursor, selection, newestFirst);

        await barrier.WaitAsync(context);
        var (rows, next) = await reader.PageAsync(selection, columns, newestFirst, cursor?.Position, limit, context.RequestAborted);
        var following = next is { } position ? signer.Write(FlowCursor.Behind(position, selection, newestFirst, began, now)) : null;
        await FlowAnswers.WriteAsync(context, rows, selection.Window, rows.IsCut, json => json.WriteString("next", following));
    }

    private static async Task StreamAsync(
        HttpContext context, QueryParameters parameters, RowFormat format, FlowRequests requests, FlowReader reader, FlowCounter counter,
        ReadBarrier barrier, RowStreamer streamer, DateTimeOffset now)
    {
        if (parameters.Text("cursor") is { } cursor)
            throw new ParameterException("cursor", cursor, "is for pages, which are JSON", "a stream without cursor, or format=json");
        var limit = parameters.Integer("limit", 1, int.MaxValue);
        var (columns, newestFirst) = (Columns(parameters), NewestFirst(parameters));
        var selection = await requests.SelectAsync(parameters, now, context.RequestAborted);

        await barrier.WaitAsync(context);
        var isCut = limit is { } most && await reader.HasMoreAsync(selection, most, context.RequestAborted);
        var opening = reader.StreamAsync(selection, columns, newestFirst, limit, format, context.RequestAborted);
        // Beside the read, which takes longer to begin: what it will have read is known at its end only, when the headers are long gone.
        var estimate = await BesideAsync(opening, counter.EstimateAsync(selection, context.RequestAborted));
        await using var rows = await opening;
        FlowAnswers.Describe(context.Response, selection.Window, isCut);
        FlowAnswers.DescribeCost(context.Response, estimate);
        await streamer.CopyAsync(rows, format, context);
    }

    /// <summary>Waits for both; when one fails nothing of the other is left behind.</summary>
    private static async Task<CountEstimate> BesideAsync(Task<ClickHouseResult> opening, Task<CountEstimate> estimating)
    {
        try
        {
            await Task.WhenAll(opening, estimating);
            return await estimating;
        }
        catch when (opening.IsCompletedSuccessfully)
        {
            await (await opening).DisposeAsync();
            throw;
        }
    }

    /// <summary>One page, without a cursor: collapsed rows have no place of their own to go on behind.</summary>
    private static async Task CollapsedAsync(HttpContext context, QueryParameters parameters, FlowRequests requests, FlowCounter counter)
    {
        if (parameters.Text("cursor") is { } cursor)
            throw new ParameterException("cursor", cursor, "does not go with collapse=ports", "limit and a narrower window or filter, or no collapse");
        if (parameters.Word("format", "json", "ndjson", "csv", "arrow", "parquet") is not "json" and var format)
            throw new ParameterException("format", format, "does not go with collapse=ports", "json, or no collapse");
        var limit = parameters.Integer("limit", 1, PageLimit) ?? DefaultLimit;
        var columns = parameters.Text("fields") is null ? [.. FlowColumn.All.Where(column => !OfOneFlow.Contains(column.Name))] : Columns(parameters);
        if (columns.FirstOrDefault(column => OfOneFlow.Contains(column.Name)) is { } single)
            throw new ParameterException(
                "fields", parameters.Text("fields"), $"has {single.Name}, in which collapsed flows differ", "other columns; flows, first_seen and newest_first_seen are always there");
        var selection = await requests.SelectNowAsync(context, parameters);

        var rows = await counter.CollapsedAsync(selection, columns, NewestFirst(parameters), limit, context.RequestAborted);
        await FlowAnswers.WriteAsync(context, rows, selection.Window, rows.IsCut, json =>
        {
            json.WriteNull("next");
            json.WriteString("collapse", "ports");
        });
    }

    /// <summary>The columns that <c>fields</c> names.</summary>
    public static IReadOnlyList<FlowColumn> Columns(QueryParameters parameters) =>
        parameters.List("fields", FlowColumn.Find, FlowColumn.All.Select(column => column.Name), FlowColumn.All.Count) ?? FlowColumn.All;

    private static bool NewestFirst(QueryParameters parameters) => parameters.Word("order", "desc", "asc") == "desc";

    private static FlowCursor? Cursor(QueryParameters parameters, CursorSigner signer, DateTimeOffset now)
    {
        if (parameters.Text("cursor") is not { } text)
            return null;
        try
        {
            return signer.Read(text, now);
        }
        catch (CursorException e)
        {
            throw Unusable(text, e);
        }
    }

    private static void Check(QueryParameters parameters, FlowCursor? cursor, FlowSelection selection, bool newestFirst)
    {
        try
        {
            cursor?.Check(selection, newestFirst);
        }
        catch (CursorException e)
        {
            throw Unusable(parameters.Text("cursor")!, e);
        }
    }

    private static ParameterException Unusable(string cursor, CursorException e) =>
        new("cursor", cursor, e.Problem, "the next of a page, with the same from, to, filter and order");
}
