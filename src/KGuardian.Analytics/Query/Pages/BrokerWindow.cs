using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Pages;

/// <summary>A window that a read of the broker's routes may have; either end may be open.</summary>
/// <param name="From">Its begin; null for none.</param>
/// <param name="To">Its end, not part of it; null for none.</param>
internal readonly record struct BrokerWindow(DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>What follows a condition on <c>traffic AS t</c>.</summary>
    internal string Condition =>
        (From is null ? "" : " AND t.time_stamp >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')")
        + (To is null ? "" : " AND t.time_stamp < fromUnixTimestamp64Micro({to:Int64}, 'UTC')");

    /// <summary>The query with what <see cref="Condition"/> names.</summary>
    internal ClickHouseQuery Bind(ClickHouseQuery query)
    {
        query = From is { } from ? query.With("from", TimeWindow.Micros(from)) : query;
        return To is { } to ? query.With("to", TimeWindow.Micros(to)) : query;
    }
}
