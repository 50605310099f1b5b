namespace KGuardian.Analytics.Query.Filters.Language;

/// <summary>The wording of errors.</summary>
internal static class Words
{
    private const int LongestQuote = 40;

    /// <summary>"a, b or c".</summary>
    public static string Or(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}";

    /// <summary>The text in quotes on one line, cut when it is long: errors may end in logs and terminals.</summary>
    public static string Quote(string text)
    {
        var start = text.Length <= LongestQuote ? text : text[..LongestQuote] + "...";
        return $"\"{string.Concat(start.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c))}\"";
    }
}
