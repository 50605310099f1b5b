using System.Globalization;

namespace KGuardian.Analytics.Query;

/// <summary>What a top list leaves out.</summary>
/// <param name="Flows">The flows.</param>
/// <param name="Groups">The different values that they have.</param>
public readonly record struct FlowRest(long Flows, long Groups)
{
    internal static FlowRest Parse(string? key)
    {
        if (key is null)
            return default;
        var dot = key.IndexOf('.', StringComparison.Ordinal);
        return new FlowRest(
            long.Parse(key.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture),
            long.Parse(key.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
