namespace KGuardian.Analytics.Query.Reports;

/// <summary>What grouped reports are grouped by, and so ordered by: the group, then as all flows are.</summary>
internal sealed class ReportGrouping
{
    /// <summary>The day (UTC) on which a flow was first seen.</summary>
    public static readonly ReportGrouping Day = new("''", "toString(toDate32(t.time_stamp))");

    /// <summary>The pod; see <see cref="PodId"/>.</summary>
    public static readonly ReportGrouping Subscriber = new(PodId.Sql, PodId.Sql);

    private ReportGrouping(string prefix, string group) => (Prefix, Group) = (prefix, group);

    /// <summary>SQL of what comes before time in the order; the constant that it is for days leaves the order to the projection.</summary>
    internal string Prefix { get; }

    /// <summary>SQL of the group's name.</summary>
    internal string Group { get; }

    /// <summary>The condition of the rows in a slice.</summary>
    internal string SliceSql => this == Day
        ? $"t.time_stamp > {Time("after")} AND t.time_stamp <= {Time("last")}"
        : $"({Prefix}, t.time_stamp) > ({{after_group:String}}, {Time("after")}) AND ({Prefix}, t.time_stamp) <= ({{last_group:String}}, {Time("last")})";

    private static string Time(string name) => $"fromUnixTimestamp64Micro({{{name}_time:Int64}}, 'UTC')";
}
