namespace KGuardian.Analytics.Clocks;

/// <summary>What a server knew of the time when it last wrote it down, for the next one in its data directory.</summary>
/// <param name="Server">The server's id in <see cref="ClockLog"/>, for as long as its data directory lives.</param>
/// <param name="Timeline">How often the time believed was moved before: see <see cref="ClockRow"/>.</param>
/// <param name="Time">The time believed.</param>
/// <param name="BootId">Which start of the machine <paramref name="SinceBoot"/> counts from; empty where the machine does not say.</param>
/// <param name="SinceBoot">The monotonic clock at that moment.</param>
/// <param name="Credit">What was left of the difference that is believed without a witness.</param>
/// <param name="Doubt">Why the machine's clock was not believed; null when it was.</param>
/// <param name="Since">Since when it was not.</param>
/// <param name="IsWitnessed">Whether somebody but the machine's clock itself, the kernel or an administrator, once said that this time is right.</param>
internal sealed record ClockReading(
    string Server, int Timeline, DateTimeOffset Time, string BootId, TimeSpan SinceBoot, TimeSpan Credit,
    ClockDoubt? Doubt, DateTimeOffset? Since, bool IsWitnessed);
