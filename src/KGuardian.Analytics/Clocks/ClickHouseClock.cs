using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Clocks;

/// <summary>The clock of the ClickHouse server that has the facts about a store.</summary>
internal static class ClickHouseClock
{
    /// <summary>What it says, to the millisecond.</summary>
    /// <exception cref="ClickHouseException">It does not answer.</exception>
    public static async Task<DateTimeOffset> ReadAsync(ClickHouseCluster cluster, CancellationToken cancellationToken) =>
        DateTimeOffset.FromUnixTimeMilliseconds(await cluster.Home.QuerySingleAsync<long>(
            new ClickHouseQuery("SELECT toUnixTimestamp64Milli(now64(3)) AS milliseconds"), cancellationToken));
}
