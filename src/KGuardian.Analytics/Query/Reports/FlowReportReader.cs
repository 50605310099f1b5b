using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>Reads flow reports: pages and counts.</summary>
internal sealed class FlowReportReader(FlowQueryRunner runner, NumberedPageReader pages)
{
    private const int TopDestinations = 10;

    private static readonly string Columns = $"{FlowReport.Columns}, {FlowReport.LastColumns}";

    /// <summary>A page of <paramref name="size"/> flows behind the newest <paramref name="offset"/>.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<FlowPage<FlowReport>> PageAsync(FlowSelection selection, long offset, int size, CancellationToken cancellationToken) =>
        pages.ReadAsync<FlowReport>(selection, Columns, offset, size, cancellationToken);

    /// <summary>The flows by protocol, and where those of uplink go most.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<FlowReportStats> StatsAsync(FlowSelection selection, CancellationToken cancellationToken) =>
        runner.ReadAsync(selection, async shown =>
        {
            var protocols = runner.QueryAsync<ProtocolCount>(ProtocolsQuery(shown), cancellationToken);
            var destinations = runner.QueryAsync<DestinationCount>(DestinationsQuery(shown), cancellationToken);
            await Task.WhenAll(protocols, destinations);
            return new FlowReportStats(await protocols, await destinations);
        });

    internal static ClickHouseQuery PageQuery(ShownFlows shown, long offset, int size) =>
        NumberedPageReader.PageQuery(shown, Columns, offset, size);

    internal static ClickHouseQuery ProtocolsQuery(ShownFlows shown) =>
        shown.Query(where => $"""
            SELECT {IpProtocols.NumberSql("t.ip_protocol")} AS protocol, count() AS count
            FROM traffic AS t
            WHERE {where}
            GROUP BY protocol
            ORDER BY count DESC, protocol
            """);

    internal static ClickHouseQuery DestinationsQuery(ShownFlows shown)
    {
        var uplink = shown.Where(
            FlowFilter.Where(FlowField.Direction, FilterOperator.Equal, "EGRESS"), FlowFilter.Where(FlowField.PeerIp, FilterOperator.Exists));
        return uplink.Query(where => $"""
            SELECT t.traffic_in_out_ip AS ip, count() AS count
            FROM traffic AS t
            WHERE {where}
            GROUP BY t.traffic_in_out_ip
            ORDER BY count DESC, ip
            LIMIT {"{limit:UInt64}"}
            """).With("limit", TopDestinations);
    }
}
