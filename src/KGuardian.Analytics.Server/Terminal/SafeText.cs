using System.Globalization;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>Texts of flows for a terminal. Agents may send any: what a terminal would obey, or what turns the line around, is shown as a dot.</summary>
internal static class SafeText
{
    /// <summary>The text without control and format characters.</summary>
    public static string Of(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~')
        ? string.Concat(text.Select(c => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '\u00B7' : c))
        : text;
}
