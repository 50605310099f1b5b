using System.Globalization;
using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// What is kept about retention in the table <c>store</c>: <c>retention_days</c>, when it was set at runtime, and
/// <c>retention_oldest_day</c>, before which nothing shows again. The row that was written last counts.
/// </summary>
internal sealed class RetentionStore(ClickHouseCluster cluster)
{
    private const string DaysName = "retention_days";
    private const string OldestDayName = "retention_oldest_day";
    private const string DayFormat = "yyyy-MM-dd";

    /// <summary>The days set at runtime; null when none were.</summary>
    public async Task<int?> ReadDaysAsync(CancellationToken cancellationToken) =>
        await ReadAsync(DaysName, cancellationToken) is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    public Task WriteDaysAsync(int days, CancellationToken cancellationToken) =>
        WriteAsync(DaysName, days.ToString(CultureInfo.InvariantCulture), cancellationToken);

    /// <summary>The oldest day as it was when partitions were last dropped; null before.</summary>
    public async Task<DateOnly?> ReadOldestDayAsync(CancellationToken cancellationToken) =>
        await ReadAsync(OldestDayName, cancellationToken) is { } text ? DateOnly.ParseExact(text, DayFormat, CultureInfo.InvariantCulture) : null;

    public Task WriteOldestDayAsync(DateOnly day, CancellationToken cancellationToken) =>
        WriteAsync(OldestDayName, day.ToString(DayFormat, CultureInfo.InvariantCulture), cancellationToken);

    private async Task<string?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("SELECT value FROM store WHERE name = {name:String} ORDER BY written_at DESC LIMIT 1").With("name", name),
            cancellationToken);
        return rows is [var row] ? row.Value : null;
    }

    /// <summary>
    /// ReplacingMergeTree keeps the row inserted last, readers take the latest time: both are this one, also after a clock was set back.
    /// </summary>
    private Task WriteAsync(string name, string value, CancellationToken cancellationToken) =>
        cluster.Home.ExecuteAsync(
            new ClickHouseQuery("""
                INSERT INTO store (name, value, written_at)
                SELECT {name:String}, {value:String},
                       greatest(now64(3), (SELECT max(written_at) FROM store WHERE name = {name:String}) + INTERVAL 1 MILLISECOND)
                """).With("name", name).With("value", value).WithSetting("async_insert", "0"),
            cancellationToken);

    private sealed record Row(string Value);
}
