using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Events;

/// <summary>Steps of a time series over a window: they begin at multiples of their length since 1970, and the first holds the window's begin.</summary>
/// <param name="First">When the first begins, in nanoseconds since 1970.</param>
/// <param name="Step">Their length, in nanoseconds.</param>
/// <param name="Count">How many there are, up to that which holds the window's end.</param>
internal readonly record struct EventSteps(long First, long Step, int Count)
{
    /// <summary>What a chart shows.</summary>
    public const int Most = 100;

    private const long Day = 86_400 * NanosecondTime.OfSecond;

    /// <summary>10 s, 1, 5, 10, 30 min, 1, 3, 6, 12 h, 1 d.</summary>
    private static readonly long[] Lengths =
        [.. new long[] { 10, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400 }.Select(seconds => seconds * NanosecondTime.OfSecond)];

    /// <summary>Steps over a window: the shortest of those above, or so many whole days, that make at most <see cref="Most"/>.</summary>
    /// <param name="from">The window's begin, in nanoseconds since 1970.</param>
    /// <param name="to">Its last nanosecond.</param>
    public static EventSteps Of(long from, long to)
    {
        var step = Lengths.FirstOrDefault(length => CountOf(length) <= Most);
        if (step == 0)
        {
            for (step = Day * ((to - from) / Day / Most); step == 0 || CountOf(step) > Most; step += Day)
            {
            }
        }

        return new EventSteps(from - (from % step), step, (int)CountOf(step));

        long CountOf(long length) => (to / length) - (from / length) + 1;
    }

    /// <summary>When a step begins, in nanoseconds since 1970.</summary>
    public long BeginOf(int step) => First + (step * Step);
}
