using System.Globalization;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>What a top list leaves out.</summary>
/// <param name="Flows">The flows.</param>
/// <param name="Groups">The different values that they have.</param>
/// <param name="Observations">How often they were seen; 0 when that was not asked for.</param>
internal readonly record struct TopRemainder(long Flows, long Groups, long Observations)
{
    internal static TopRemainder Parse(string? key)
    {
        if (key is null)
            return default;
        var numbers = key.Split('.');
        return new TopRemainder(Number(0), Number(1), Number(2));

        long Number(int i) => long.Parse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
