using System.Globalization;
using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// What is kept about retention in the table <c>store</c>: <c>retention_days</c>, when it was set at runtime;
/// <c>retention_days_in_effect</c>, wherever they were set, for the view <c>retention</c>; and <c>retention_oldest_day</c>, before which nothing
/// shows again. The row that was written last counts.
/// </summary>
internal sealed class RetentionStore(ClickHouseCluster cluster)
{
    internal const string DaysName = "retention_days";
    internal const string DaysInEffectName = "retention_days_in_effect";
    internal const string OldestDayName = "retention_oldest_day";
    private const string DayFormat = "yyyy-MM-dd";

    /// <summary>The days set at runtime; null when none were.</summary>
    public async Task<int?> ReadDaysAsync(CancellationToken cancellationToken) =>
        await ReadAsync(DaysName, cancellationToken) is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    /// <summary>Says which days are in effect, unless that is known.</summary>
    public async Task KeepDaysInEffectAsync(int days, CancellationToken cancellationToken)
    {
        var text = Text(days);
        if (await ReadAsync(DaysInEffectName, cancellationToken) != text)
        {
            await WriteAsync([(DaysInEffectName, text)], cancellationToken);
        }
    }

    /// <summary>Sets the days and the oldest day that is left with them, both or nothing.</summary>
    public Task WriteChangeAsync(int days, DateOnly oldest, CancellationToken cancellationToken) =>
        WriteAsync([(DaysName, Text(days)), (DaysInEffectName, Text(days)), (OldestDayName, Text(oldest))], cancellationToken);

    /// <summary>The oldest day as it was when partitions were last dropped; null before.</summary>
    public async Task<DateOnly?> ReadOldestDayAsync(CancellationToken cancellationToken) =>
        await ReadAsync(OldestDayName, cancellationToken) is { } text ? DateOnly.ParseExact(text, DayFormat, CultureInfo.InvariantCulture) : null;

    public Task WriteOldestDayAsync(DateOnly day, CancellationToken cancellationToken) =>
        WriteAsync([(OldestDayName, Text(day))], cancellationToken);

    private static string Text(int days) => days.ToString(CultureInfo.InvariantCulture);

    private static string Text(DateOnly day) => day.ToString(DayFormat, CultureInfo.InvariantCulture);

    private async Task<string?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("SELECT value FROM store WHERE name = {name:String} ORDER BY written_at DESC LIMIT 1").With("name", name),
            cancellationToken);
        return rows is [var row] ? row.Value : null;
    }

    /// <summary>One insert, so that all or none are there, and later than all before it, also after a clock was set back.</summary>
    private Task WriteAsync((string Name, string Value)[] facts, CancellationToken cancellationToken)
    {
        var pairs = string.Join(", ", facts.Select((_, i) => $"({{name_{i}:String}}, {{value_{i}:String}})"));
        var query = new ClickHouseQuery($"""
            INSERT INTO store (name, value, written_at)
            SELECT fact.1, fact.2, greatest(now64(3), (SELECT max(written_at) FROM store) + INTERVAL 1 MILLISECOND)
            FROM (SELECT arrayJoin([{pairs}]) AS fact)
            """);
        for (var i = 0; i < facts.Length; i++)
        {
            query = query.With($"name_{i}", facts[i].Name).With($"value_{i}", facts[i].Value);
        }

        return cluster.Home.ExecuteAsync(query.WithSetting("async_insert", "0"), cancellationToken);
    }

    private sealed record Row(string Value);
}
