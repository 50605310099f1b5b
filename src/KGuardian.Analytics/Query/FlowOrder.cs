namespace KGuardian.Analytics.Query;

/// <summary>
/// The one order of flows: when they were first seen, then the seven columns that tell them apart. A uuid decides nothing: agents choose it, and nobody checks
/// that two flows do not share one. The projection leads with time; the columns are compared among flows of one time only.
/// </summary>
internal static class FlowOrder
{
    /// <summary>The seven columns, in the order of the table's key, and which of them are texts that may be null.</summary>
    public static readonly IReadOnlyList<(string Name, bool IsText)> Identity =
    [
        ("pod_ip", true), ("pod_port", false), ("traffic_type", true), ("traffic_in_out_ip", true), ("traffic_in_out_port", false), ("ip_protocol", true),
        ("decision", true),
    ];

    /// <summary>ORDER BY of <c>traffic AS t</c>, newest first.</summary>
    public static readonly string NewestFirst = Sql(" DESC", " DESC NULLS LAST");

    /// <summary>ORDER BY of <c>traffic AS t</c>, oldest first: the same backwards, so null comes before every text.</summary>
    public static readonly string OldestFirst = Sql("", " NULLS FIRST");

    /// <summary>ORDER BY of <c>traffic AS t</c>.</summary>
    public static string By(bool newestFirst) => newestFirst ? NewestFirst : OldestFirst;

    private static string Sql(string direction, string nullable) =>
        $"t.time_stamp{direction}, {string.Join(", ", Identity.Select(column => $"t.{column.Name}{(column.IsText ? nullable : direction)}"))}";
}
