namespace KGuardian.Analytics.Retention;

/// <summary>What the store knows about its retention.</summary>
/// <param name="Days">The days that were set at runtime; null when none were.</param>
/// <param name="DaysInEffect">The days that a server last said are in effect; null before.</param>
/// <param name="OldestDay">The oldest arrival day that shows, in days since 1970-01-01: what is before it is gone for good. 0 before anything expired.</param>
internal sealed record RetentionFacts(int? Days, int? DaysInEffect, ushort OldestDay);
