namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>Case as ClickHouse's <c>upper</c> sees it: of ASCII letters only.</summary>
internal static class AsciiCase
{
    public static string Upper(string text) => string.Concat(text.Select(c => char.IsAsciiLetterLower(c) ? (char)(c - 32) : c));
}
