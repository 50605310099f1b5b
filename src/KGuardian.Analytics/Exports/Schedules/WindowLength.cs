using System.Globalization;
using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>Windows that reach a time back, such as -24h.</summary>
internal static partial class WindowLength
{
    /// <summary>Ten years, the longest that flows are kept for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <summary>What is allowed.</summary>
    public const string Expected = "sincePrevious, or a time back from the run of at most ten years: -15m, -24h, -7d, -2w";

    /// <summary>The length; null when the text is none, or too long.</summary>
    public static TimeSpan? Of(string text)
    {
        if (Text().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var amount = long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var unit = match.Groups[2].Value switch { "s" => 1L, "m" => 60, "h" => 3600, "d" => 86_400, _ => 7 * 86_400 };
        return amount > 0 && amount * unit <= (long)Longest.TotalSeconds ? TimeSpan.FromSeconds(amount * unit) : null;
    }

    [GeneratedRegex(@"\A-([0-9]{1,9})([smhdw])\z")]
    private static partial Regex Text();
}
