using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Flows;

/// <summary>
/// SQL that gives a row of traffic the UInt64 by which traffic_activity knows its flow. It comes from outside, as it takes the store's secret.
/// </summary>
/// <param name="Expression">
/// The expression. Its columns must mean the table's also where the query has aliases of the same names.
/// </param>
/// <param name="Bind">Binds the parameters that the expression names.</param>
/// <param name="Oldest">
/// The oldest arrival day of activity that counts. A repeat arrives on the day of its flow or later, so no repeat of a flow that shows is
/// before it, and activity that has expired is not read.
/// </param>
internal sealed record FlowIdSql(string Expression, Func<ClickHouseQuery, ClickHouseQuery> Bind, DateOnly Oldest = default)
{
    /// <summary>traffic_activity's rows that count, as a condition beside others; <paramref name="oldest"/> is the placeholder of the day.</summary>
    internal static string Counts(string oldest) => $"a.arrival_day >= {oldest}";
}
