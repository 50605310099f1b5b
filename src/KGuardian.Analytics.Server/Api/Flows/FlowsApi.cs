using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Names;
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
internal sealed class FlowsApi(FlowRequests requests, FlowReader reader, FlowAggregates counter, ReadBarrier barrier, RowStreamer streamer, TimeProvider clock)
{
    /// <summary>Columns of rows.</summary>
    public static readonly ApiParameter<IReadOnlyList<FlowColumn>> Fields = Parameter.List(
        "fields", "Columns, in this order.",
        [.. FlowTable.Shown.Select(column => (column.Name, column))], FlowTable.Shown.Count, FlowTable.Shown, "pod_name,pod_port,time_stamp");

    /// <summary>The same, and names of both ends as of the flow's time, for who asks for them.</summary>
    private static readonly ApiParameter<IReadOnlyList<FlowColumn>> NamedFields = Parameter.List(
        "fields", "Columns, in this order. Names of pods, workloads, nodes and services are those of the flow's time, and only there when asked for.",
        [.. FlowTable.Shown.Concat(FlowName.All.Select(name => name.Column)).Select(column => (column.Name, column))],
        FlowTable.Shown.Count + FlowName.All.Count, FlowTable.Shown, "pod_name,workload,peer_workload,time_stamp");

    private const int MostOfPage = 1000;

    private const string Types =
        "Times of JSON, NDJSON and CSV say Z. CSV is RFC 4180 with a line of names: nothing between commas is null, \"\" is the empty text. "
        + "In Arrow and Parquet time_stamp is a timestamp in UTC of microseconds (timestamp[us, tz=UTC]; TIMESTAMP(MICROS, isAdjustedToUTC=true)), "
        + "ports are unsigned numbers of 16 bits, everything else is text. A port that is null or empty has no number, "
        + "and a number has no leading zeros: pod_port_text and traffic_in_out_port_text are beside them, as posted.";

    private static readonly IntegerParameter Limit = Parameter.Integer("limit", $"Most rows; at most {MostOfPage} a page.", 1, int.MaxValue, 100, 2);
    private static readonly IntegerParameter PageLimit = Limit.AtMost(MostOfPage);
    private static readonly ApiParameter<bool> NewestFirst = Parameter.Word("order", "Newest or oldest first.", ("desc", true), ("asc", false));

    private static readonly ApiParameter<string?> Cursor = Parameter.Text(
        "cursor", "The next of a page, with the same from, to, filter and order.", null, CursorSigner.LongestText);

    private static readonly ApiParameter<bool> Collapse = Parameter.Word(
        "collapse", "Shows flows that differ in an ephemeral port only as one: a page without cursor, uuid and time_stamp.", ("none", false), ("ports", true));

    private static readonly ApiOperation Flows = new(ApiFamily.Flows, "Flows as pages, or a whole window as a stream")
    {
        Text = "Pages are JSON and go on with the cursor that is next. Every other format is a stream of the whole window, or of its first limit rows. "
            + Types,
        Parameters = [FlowRequests.From, FlowRequests.To, FlowRequests.Filter, Limit, NewestFirst, NamedFields, Cursor, RowFormats.Format, Collapse],
        Answers =
        [
            ApiResponse.Ok("FlowPage"), ApiResponse.Ok(null, "application/x-ndjson"), ApiResponse.Ok(null, "text/csv"),
            ApiResponse.Ok(null, "application/vnd.apache.arrow.stream"), ApiResponse.Ok(null, "application/vnd.apache.parquet"),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/flows", (HttpContext context, FlowsApi api) => api.GetAsync(context))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).WithOperation(Flows);

    private Task GetAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        return parameters.Get(Collapse) ? CollapsedAsync(context, parameters)
            : RowFormats.Named(parameters, context.Request) is { } format ? StreamAsync(context, parameters, format, clock.GetUtcNow())
            : PageAsync(context, parameters, clock.GetUtcNow());
    }

    private async Task PageAsync(HttpContext context, RequestParameters parameters, DateTimeOffset now)
    {
        var limit = parameters.Get(PageLimit);
        var (columns, newestFirst) = (parameters.Get(NamedFields), parameters.Get(NewestFirst));
        var signer = await requests.SignerAsync(context.RequestAborted);
        var given = new RequestCursor(Cursor.Name, parameters.Get(Cursor), "the next of a page, with the same from, to, filter and order");
        var cursor = given.ReadPage(signer, now);
        // A walk's relative times count from its begin: the same request asks for the same window on every page.
        var began = cursor?.Now ?? now;
        var selection = await requests.SelectAsync(parameters, began, context.RequestAborted);
        given.Check(cursor, selection, newestFirst);

        await barrier.WaitAsync(context);
        var (rows, next) = await reader.PageAsync(selection, columns, newestFirst, cursor?.Position, limit, context.RequestAborted);
        var following = next is { } position ? signer.Write(FlowCursor.Behind(position, selection, newestFirst, began, now)) : null;
        await FlowResponses.WriteAsync(context, rows, selection.Window, rows.IsCut, json => json.WriteString("next", following));
    }

    private async Task StreamAsync(HttpContext context, RequestParameters parameters, RowFormat format, DateTimeOffset now)
    {
        if (parameters.Get(Cursor) is { } cursor)
        {
            throw new ParameterException(Cursor.Name, cursor, "is for pages, which are JSON", "a stream without cursor, or format=json");
        }

        int? limit = parameters.Has(Limit) ? parameters.Get(Limit) : null;
        var (columns, newestFirst) = (parameters.Get(NamedFields), parameters.Get(NewestFirst));
        var selection = await requests.SelectAsync(parameters, now, context.RequestAborted);

        await barrier.WaitAsync(context);
        var isCut = limit is { } most && await reader.HasMoreAsync(selection, most, context.RequestAborted);
        var opening = reader.StreamAsync(selection, columns, newestFirst, limit, format, context.RequestAborted);
        // Beside the read, which takes longer to begin: what it will have read is known at its end only, when the headers are long gone.
        var estimate = await BesideAsync(opening, counter.EstimateAsync(selection, context.RequestAborted));
        await using var rows = await opening;
        FlowResponses.Describe(context.Response, selection.Window, isCut);
        FlowResponses.DescribeCost(context.Response, estimate);
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
    private async Task CollapsedAsync(HttpContext context, RequestParameters parameters)
    {
        if (parameters.Get(Cursor) is { } cursor)
        {
            throw new ParameterException(Cursor.Name, cursor, "does not go with collapse=ports", "limit and a narrower window or filter, or no collapse");
        }

        if (parameters.Get(RowFormats.Format) is not null)
        {
            throw new ParameterException(
                RowFormats.Format.Name, parameters.TextOf(RowFormats.Format), "does not go with collapse=ports", "json, or no collapse");
        }

        var limit = parameters.Get(PageLimit);
        var columns = parameters.Has(NamedFields) ? parameters.Get(NamedFields) : FlowTable.OfSeveral;
        if (columns.FirstOrDefault(column => !FlowTable.OfSeveral.Contains(column)) is { } single)
        {
            throw new ParameterException(
                NamedFields.Name, parameters.TextOf(NamedFields), $"has {single.Name}, in which collapsed flows differ",
                "other columns; flows, first_seen and newest_first_seen are always there");
        }

        var selection = await requests.SelectNowAsync(context, parameters);

        var rows = await counter.CollapsedAsync(selection, columns, parameters.Get(NewestFirst), limit, context.RequestAborted);
        await FlowResponses.WriteAsync(context, rows, selection.Window, rows.IsCut, json =>
        {
            json.WriteNull("next");
            json.WriteString("collapse", "ports");
        });
    }
}
