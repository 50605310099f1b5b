namespace KGuardian.Analytics.Flows;

/// <summary>
/// The one order of flows: when they were first seen, then the seven columns that tell them apart. A uuid decides nothing: agents choose it, and nobody checks
/// that two flows do not share one. The projection leads with time; the columns are compared among flows of one time only.
/// </summary>
internal static class FlowOrder
{
    /// <summary>ORDER BY of <c>traffic AS t</c>, newest first.</summary>
    public static readonly string NewestFirst = Sql(" DESC", " DESC NULLS LAST");

    /// <summary>ORDER BY of <c>traffic AS t</c>, oldest first: the same backwards, so null comes before every text.</summary>
    public static readonly string OldestFirst = Sql("", " NULLS FIRST");

    /// <summary>ORDER BY of <c>traffic AS t</c>.</summary>
    public static string By(bool newestFirst) => newestFirst ? NewestFirst : OldestFirst;

    /// <summary>
    /// The order as far as the projection has it: with a limit ClickHouse reads little more than the limit, which it does for no order that goes further. Right
    /// where no two of the rows have one time.
    /// </summary>
    public static string ByTime(bool newestFirst) => newestFirst ? "t.time_stamp DESC" : "t.time_stamp";

    /// <summary>
    /// A condition that leaves the first rows in this order, and those of the last one's time, before they are put into the whole order: what is behind them
    /// need not be read.
    /// </summary>
    /// <param name="where">Which rows of <c>traffic AS t</c> there are.</param>
    /// <param name="newestFirst">The direction.</param>
    /// <param name="rows">How many, as SQL.</param>
    public static string First(string where, bool newestFirst, string rows) =>
        $"t.time_stamp {(newestFirst ? ">=" : "<=")} "
        + $"(SELECT {(newestFirst ? "min" : "max")}(first) "
        + $"FROM (SELECT t.time_stamp AS first FROM traffic AS t WHERE {where} ORDER BY {ByTime(newestFirst)} LIMIT {rows}))";

    private static string Sql(string direction, string nullable) =>
        $"t.time_stamp{direction}, {string.Join(", ", FlowTable.Key.Select(column => $"t.{column.Name}{(column.Type.IsText ? nullable : direction)}"))}";
}
