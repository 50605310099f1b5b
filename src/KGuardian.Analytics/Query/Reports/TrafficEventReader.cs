using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>Reads pages of network traffic events, and which pods their peers are.</summary>
internal sealed class TrafficEventReader(FlowQueryRunner runner, NumberedPageReader pages)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A page of <paramref name="size"/> flows behind the newest <paramref name="offset"/>.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public async Task<FlowPage<TrafficEvent>> PageAsync(FlowSelection selection, long offset, int size, CancellationToken cancellationToken)
    {
        var page = await pages.ReadAsync<TrafficEvent>(selection, TrafficEvent.Columns, offset, size, cancellationToken);
        var addresses = page.Rows.Where(row => row.PeerEnd is null).Select(row => row.PeerIp).OfType<string>().Distinct().ToArray();
        if (addresses.Length == 0)
        {
            return page;
        }

        var pods = await runner.ReadAsync(oldest => runner.QueryAsync<KnownPod>(PodsQuery(addresses, oldest), cancellationToken));
        var byAddress = pods.ToDictionary(pod => pod.Address);
        return page with
        {
            Rows = [.. page.Rows.Select(row => row with { Peer = row is { PeerEnd: null, PeerIp: { } ip } ? byAddress.GetValueOrDefault(ip) : null })],
        };
    }

    internal static ClickHouseQuery PageQuery(ShownFlows shown, long offset, int size) =>
        NumberedPageReader.PageQuery(shown, TrafficEvent.Columns, offset, size);

    /// <summary>
    /// Only addresses of one pod: pods of a node's own network share its address, and addresses are given to new pods. The address leads the
    /// table's key, so few granules are read.
    /// </summary>
    internal static ClickHouseQuery PodsQuery(IEnumerable<string> addresses, DateOnly oldest) =>
        new ClickHouseQuery($$"""
            SELECT t.pod_ip AS address, any({{PodId.Sql}}) AS id, any(ifNull(t.pod_name, '')) AS name
            FROM traffic AS t
            WHERE t.pod_ip IN (JSONExtract({addresses:String}, 'Array(String)')) AND t.arrival_day >= {oldest:Date} AND ifNull(t.pod_name, '') != ''
            GROUP BY t.pod_ip
            HAVING min({{PodId.Sql}}) = max({{PodId.Sql}})
            """)
            .With("addresses", JsonSerializer.Serialize(addresses, Relaxed))
            .With("oldest", oldest)
            // The table is ordered by address, the projection is not.
            .WithSetting("optimize_use_projections", "0");
}
