using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary>Flow reports and network traffic events, documented.</summary>
internal static class ReportDocuments
{
    private static readonly ApiParameter Page = ApiParameter.Integer("page", "The page.", 1, int.MaxValue, 1, 1);

    private const string End = "Last day or time of it, all of the day, minute, second or fraction that it is written to: the time of a report finds that report.";

    private static readonly ApiParameter[] Filters =
    [
        ApiParameter.Free("subscriber_id", "The pod that reported: namespace/name or name.", "shop/shop-0"),
        ApiParameter.Integer("protocol", "The IP protocol's number.", 1, byte.MaxValue, null, 6),
        ApiParameter.Free("source", "Where flows come from: an address, with a port or without.", "10.244.2.10"),
        ApiParameter.Free("destination", "Where they go to.", "10.244.1.5:8080"),
        ApiParameter.Free("start", "First day or time of the window.", "2026-05-12", "now-7d"),
        ApiParameter.Free("end", End, "2026-05-12", "now"),
        ApiParameter.Choice("direction", "EGRESS is uplink, INGRESS downlink.", "downlink", "uplink"),
        ApiParameter.Choice("action", "What was decided.", "allow", "drop"),
    ];

    public static readonly ApiOperation Reports = new(ApiFamily.FlowReports, "Reports on flows, as pages or grouped")
    {
        Parameters =
        [
            Page, ApiParameter.Integer("per_page", "Reports of a page.", 1, FlowReportsApi.MaxPageSize, FlowReportsApi.DefaultPageSize, 25), .. Filters,
            ApiParameter.Choice("group_by", "All reports of the window by this, instead of a page.", "day", "subscriber"),
        ],
        Answers = [ApiAnswer.Ok("FlowReports")],
    };

    public static readonly ApiOperation Stats = new(ApiFamily.FlowReports, "Flows by protocol, and the most frequent uplink destinations")
    {
        Text = "Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age).",
        Parameters = Filters,
        Answers = [ApiAnswer.Ok("FlowReportStats")],
    };

    public static readonly ApiOperation NetworkTraffic = new(ApiFamily.Events, "Flows as traffic events, newest first")
    {
        Text = "What agents do not see is null or empty: bytes, packets, users, policies, places.",
        Parameters =
        [
            Page, ApiParameter.Integer("page_size", "Events of a page.", 1, NetworkTrafficApi.MaxPageSize, NetworkTrafficApi.DefaultPageSize, 100),
            ApiParameter.Free("user_id", "A user; no flow has one.", "nobody"),
            ApiParameter.Free("reporter_id", "The pod that reported: namespace/name or name.", "shop/shop-0"),
            ApiParameter.Integer("protocol", "The IP protocol's number.", 0, byte.MaxValue, null, 6),
            ApiParameter.Choice("type", "The kind of event.", NetworkTrafficApi.Start, NetworkTrafficApi.End, NetworkTrafficApi.Drop),
            ApiParameter.Choice("connection_type", "The kind of connection; no flow has one.", "P2P", "ROUTED"),
            ApiParameter.Choice("direction", "As the pod sees it.", "INGRESS", "EGRESS", NetworkTrafficApi.UnknownDirection),
            ApiParameter.Free("search", "Text in names and addresses.", "shop"),
            ApiParameter.Free("start_date", "First day or time of the window.", "2026-05-12"),
            ApiParameter.Free("end_date", End, "2026-05-12"),
        ],
        Answers = [ApiAnswer.Ok("TrafficEvents")],
    };
}
