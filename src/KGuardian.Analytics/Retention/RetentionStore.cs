using System.Globalization;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// What is kept about retention in the table <c>store</c>: <c>retention_days</c>, when it was set at runtime;
/// <c>retention_days_in_effect</c>, wherever they were set, for dashboards; of both the row that was written last counts. <c>retention_oldest_day</c>, before
/// which nothing shows again: the highest counts.
/// </summary>
internal sealed class RetentionStore(ClickHouseCluster cluster)
{
    internal const string DaysName = "retention_days";
    internal const string DaysInEffectName = "retention_days_in_effect";
    internal const string OldestDayName = "retention_oldest_day";
    private const string DayFormat = "yyyy-MM-dd";

    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>All of it, of one moment.</summary>
    public async Task<RetentionFacts> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("SELECT name, value FROM store WHERE startsWith(name, 'retention_') ORDER BY written_at"), cancellationToken);
        return new RetentionFacts(
            Last(DaysName), Last(DaysInEffectName),
            (ushort)Values(OldestDayName).Select(day => DateOnly.ParseExact(day, DayFormat, CultureInfo.InvariantCulture).DayNumber - Epoch.DayNumber)
                .DefaultIfEmpty(0).Max());

        IEnumerable<string> Values(string name) => rows.Where(row => row.Name == name).Select(row => row.Value);

        int? Last(string name) => Values(name).LastOrDefault() is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Says which days are in effect.</summary>
    public Task WriteDaysInEffectAsync(int days, CancellationToken cancellationToken) => WriteAsync([(DaysInEffectName, Text(days))], cancellationToken);

    /// <summary>Sets the days and the oldest day that is left with them, both or nothing.</summary>
    public Task WriteChangeAsync(int days, ushort oldest, CancellationToken cancellationToken) =>
        WriteAsync([(DaysName, Text(days)), (DaysInEffectName, Text(days)), (OldestDayName, DayText(oldest))], cancellationToken);

    /// <summary>Says that nothing before a day shows again.</summary>
    public Task WriteOldestDayAsync(ushort day, CancellationToken cancellationToken) => WriteAsync([(OldestDayName, DayText(day))], cancellationToken);

    private static string Text(int days) => days.ToString(CultureInfo.InvariantCulture);

    private static string DayText(ushort day) => Epoch.AddDays(day).ToString(DayFormat, CultureInfo.InvariantCulture);

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

    private sealed record Row(string Name, string Value);
}
