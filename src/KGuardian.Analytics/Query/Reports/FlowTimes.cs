using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>
/// Times as reports show them: ISO 8601 in UTC with three digits of a second, as <c>2026-01-31T12:00:00.123Z</c>. Finer digits are cut towards the past, also
/// before 1970: a time is in the millisecond that it is shown with.
/// </summary>
internal static class FlowTimes
{
    /// <summary>The time as a column of a query that <see cref="AsIso"/> was asked of.</summary>
    public static string Sql(string time) => $"toDateTime64(toStartOfMillisecond({time}), 3, 'UTC')";

    /// <summary>The time as a text.</summary>
    public static string TextSql(string time) => $"concat(replaceOne(toString({Sql(time)}), ' ', 'T'), 'Z')";

    /// <summary>The query, its times written in ISO 8601.</summary>
    public static ClickHouseQuery AsIso(ClickHouseQuery query) => query.WithSetting("date_time_output_format", "iso");
}
