using KGuardian.Analytics.Exports.Files;

namespace KGuardian.Analytics.Exports;

/// <summary>Why a run has not made its file yet.</summary>
/// <param name="Tries">How often it was tried.</param>
/// <param name="Reason">What was wrong the last time.</param>
/// <param name="RetryOn">When it is tried again.</param>
/// <param name="Made">What was made of the file by then, and did not get to where files are; null for nothing.</param>
internal sealed record RunTrouble(int Tries, string Reason, DateTimeOffset RetryOn, ExportFile? Made)
{
    /// <summary>After the first failure.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(1);

    /// <summary>At most: a disk with room again, or a ClickHouse that is back, is noticed within it.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>2^6 times the first is beyond the longest.</summary>
    private const int MostDoublings = 6;

    /// <summary>How long a run that failed some times is left alone: twice as long each time.</summary>
    public static TimeSpan DelayAfter(int tries)
    {
        var doubled = FirstDelay * Math.Pow(2, Math.Min(tries - 1, MostDoublings));
        return doubled < LongestDelay ? doubled : LongestDelay;
    }
}
