using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>The routes of flows, documented.</summary>
internal static class FlowDocuments
{
    private static readonly ApiParameter From = ApiParameter.Free(
        "from", "Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.", "2026-05-12",
        "-24h");

    private static readonly ApiParameter To = ApiParameter.Free("to", "End of the window, not part of it.", "2026-05-13", "now");

    private static readonly ApiParameter Filter = ApiParameter.Free(
        "filter",
        "What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.",
        "decision = ALLOW and not peer_ip in 192.168.0.0/16", longest: 65_536);

    private const string Types =
        "Times of JSON, NDJSON and CSV say Z. CSV is RFC 4180 with a line of names: nothing between commas is null, \"\" is the empty text. In Arrow and Parquet time_stamp is a "
        + "timestamp in UTC of microseconds (timestamp[us, tz=UTC]; TIMESTAMP(MICROS, isAdjustedToUTC=true)), ports are unsigned numbers of 16 bits, everything else is text. A port "
        + "that is null or empty has no number, and a number has no leading zeros: pod_port_text and traffic_in_out_port_text are beside them, as posted.";

    private static readonly ApiParameter Fields = ApiParameter.List(
        "fields", "Columns, in this order.", FlowColumn.All.Select(column => column.Name), FlowColumn.All.Count, "pod_name,pod_port,time_stamp");

    private static readonly ApiParameter Collapse = ApiParameter.Word("collapse", "Counts ephemeral ports as one.", "none", "ports");

    public static readonly ApiOperation Flows = new(ApiFamily.Flows, "Flows as pages, or a whole window as a stream")
    {
        Text = "Pages are JSON and go on with the cursor that is next. Every other format is a stream of the whole window, or of its first limit rows. "
            + Types,
        Parameters =
        [
            From, To, Filter,
            ApiParameter.Integer("limit", $"Most rows; at most {FlowsApi.PageLimit} a page.", 1, int.MaxValue, FlowsApi.DefaultLimit, 2),
            ApiParameter.Word("order", "Newest or oldest first.", "desc", "asc"),
            Fields,
            ApiParameter.Free("cursor", "The next of a page, with the same from, to, filter and order.", null),
            ApiParameter.Word("format", "How rows are written; Accept says the same.", "json", "ndjson", "csv", "arrow", "parquet"),
            ApiParameter.Word("collapse", "Shows flows that differ in an ephemeral port only as one: a page without cursor, uuid and time_stamp.", "none", "ports"),
        ],
        Answers =
        [
            ApiAnswer.Ok("FlowPage"), ApiAnswer.Ok(null, "application/x-ndjson"), ApiAnswer.Ok(null, "text/csv"),
            ApiAnswer.Ok(null, "application/vnd.apache.arrow.stream"), ApiAnswer.Ok(null, "application/vnd.apache.parquet"),
        ],
    };

    public static readonly ApiOperation Tail = new(ApiFamily.Flows, "New flows as they arrive, as server-sent events")
    {
        Text = "Each flow once, over any number of reconnects: the header Last-Event-ID, or cursor, goes on behind the event of that id. Each event's data is a row.",
        Parameters =
        [
            Filter, Fields,
            ApiParameter.Free("cursor", "The id of an event, with the same filter; the header Last-Event-ID comes before it.", null),
            ApiParameter.Free("from", "Arrival time to begin at. Without it only what arrives from now on is sent.", "-5m"),
        ],
        Answers = [ApiAnswer.Ok(null, "text/event-stream")],
    };

    public static readonly ApiOperation Count = Aggregate("How many flows there are", "FlowCount",
        ApiParameter.Word("mode", "Exact, or bounds from the index, at once.", "exact", "fast"));

    public static readonly ApiOperation Top = Aggregate("The most frequent values of one to three dimensions", "FlowTop",
        ApiParameter.List("by", "What is counted by.", FlowDimension.All.Select(dimension => dimension.Name), FlowCountsApi.MostDimensions, "namespace,decision"),
        ApiParameter.Word("metric", "What is counted: flows, or how often they were seen.", "flows", "observations"),
        ApiParameter.Integer("limit", "Most rows; other says what is left over.", 1, FlowCountsApi.MostRows, FlowCountsApi.DefaultTop, 5),
        Collapse);

    public static readonly ApiOperation Series = Aggregate("Flows over time", "FlowSeries",
        ApiParameter.Word("metric", "New flows, or observations: these are known by the hour, so the window widens to whole hours.", "new", "active"),
        ApiParameter.Free("step", "The step: a number and s, m, h, d or w. Without it one that suits the window. Steps begin at multiples of their length since 1970-01-01, "
            + "those of whole weeks on Mondays (ISO weeks; several are counted from 1970-01-05).", "1h"));

    public static readonly ApiOperation Edges = Aggregate("Who talks to whom, the pairs of most flows first", "FlowEdges",
        ApiParameter.Word("by", "What the reporting end is.", "pod", "namespace"),
        ApiParameter.Integer("limit", "Most pairs.", 1, FlowCountsApi.MostEdges, FlowCountsApi.DefaultEdges, 100),
        Collapse);

    private static ApiOperation Aggregate(string summary, string schema, params ApiParameter[] parameters) => new(ApiFamily.Flows, summary)
    {
        Text = "Each flow counts once, when it was first seen. Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age).",
        Parameters = [From, To, Filter, .. parameters],
        Answers = [ApiAnswer.Ok(schema)],
    };
}
