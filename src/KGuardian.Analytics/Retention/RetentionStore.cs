using System.Globalization;
using KGuardian.Analytics.Store;

namespace KGuardian.Analytics.Retention;

/// <summary>What is kept about retention in the table <c>store</c>.</summary>
internal sealed class RetentionStore(StoreFacts facts)
{
    private const string DayFormat = "yyyy-MM-dd";

    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>All of it, of one moment.</summary>
    public async Task<RetentionFacts> ReadAsync(CancellationToken cancellationToken)
    {
        var values = await facts.GetSnapshotAsync(
            cancellationToken, StoreFactNames.RetentionDays, StoreFactNames.RetentionDaysInEffect, StoreFactNames.RetentionOldestDay);
        return new RetentionFacts(
            Days(StoreFactNames.RetentionDays), Days(StoreFactNames.RetentionDaysInEffect),
            values.TryGetValue(StoreFactNames.RetentionOldestDay, out var oldest)
                ? (ushort)(DateOnly.ParseExact(oldest, DayFormat, CultureInfo.InvariantCulture).DayNumber - Epoch.DayNumber) : (ushort)0);

        int? Days(SetFact fact) => values.TryGetValue(fact, out var text) ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Says which days are in effect.</summary>
    public Task WriteDaysInEffectAsync(int days, CancellationToken cancellationToken) =>
        facts.WriteAsync(cancellationToken, (StoreFactNames.RetentionDaysInEffect, Text(days)));

    /// <summary>Sets the days and the oldest day that is left with them, both or nothing.</summary>
    public Task WriteChangeAsync(int days, ushort oldest, CancellationToken cancellationToken) =>
        facts.WriteAsync(
            cancellationToken, (StoreFactNames.RetentionDays, Text(days)), (StoreFactNames.RetentionDaysInEffect, Text(days)),
            (StoreFactNames.RetentionOldestDay, DayText(oldest)));

    /// <summary>Says that nothing before a day shows again.</summary>
    public Task WriteOldestDayAsync(ushort day, CancellationToken cancellationToken) =>
        facts.WriteAsync(cancellationToken, (StoreFactNames.RetentionOldestDay, DayText(day)));

    private static string Text(int days) => days.ToString(CultureInfo.InvariantCulture);

    private static string DayText(ushort day) => Epoch.AddDays(day).ToString(DayFormat, CultureInfo.InvariantCulture);
}

/// <summary>What the store knows about its retention.</summary>
/// <param name="Days">The days that were set at runtime; null when none were.</param>
/// <param name="DaysInEffect">The days that a server last said are in effect; null before.</param>
/// <param name="OldestDay">The oldest arrival day that shows, in days since 1970-01-01: what is before it is gone for good. 0 before anything expired.</param>
internal sealed record RetentionFacts(int? Days, int? DaysInEffect, ushort OldestDay);
