using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Flows;

/// <summary>
/// SQL that gives a row of traffic the UInt64 by which traffic_activity knows its flow.
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
    /// <summary>The id that <paramref name="hasher"/>'s keys give: their low half.</summary>
    public static FlowIdSql Of(FlowKeyHasher hasher) => new(
        $"reinterpretAsUInt64(substring({FlowKeyHasher.SqlExpression}, 1, 8))",
        // The expression's names are the columns', also where aliases are called the same.
        // Lists of more ids than that are no help to an index, and as a list take more memory than as a set.
        query => query.With("k0", hasher.K0).With("k1", hasher.K1).WithSetting("prefer_column_name_to_alias", "1")
            .WithSetting("use_index_for_in_with_subqueries_max_values", "100000"));

    /// <summary>traffic_activity's rows that count, as a condition beside others; <paramref name="oldest"/> is the placeholder of the day.</summary>
    internal static string Counts(string oldest) => $"a.arrival_day >= {oldest}";
}
