using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>
/// SQL that gives a row of traffic the UInt64 by which traffic_activity knows its flow. It comes from outside, as it takes the store's secret.
/// </summary>
/// <param name="Expression">
/// The expression. Its columns must mean the table's also where the query has aliases of the same names.
/// </param>
/// <param name="Bind">Binds the parameters that the expression names.</param>
public sealed record FlowIdSql(string Expression, Func<ClickHouseQuery, ClickHouseQuery> Bind);
