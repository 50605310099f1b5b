using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>Words whose (ASCII) case does not matter.</summary>
/// <param name="vocabulary">The words; none: any text.</param>
internal sealed class KeywordType(params string[] vocabulary) : FieldType
{
    /// <summary>Other words, and which each means, in capital letters.</summary>
    public IReadOnlyDictionary<string, string> Synonyms { get; init; } = new Dictionary<string, string>();

    public override IReadOnlyList<FilterOperator> Operators { get; } = [.. FilterOperators.Equality, FilterOperator.Exists];

    public override IReadOnlyList<string> KnownValues => vocabulary;

    public override string Expected(FilterOperator op) => vocabulary.Length == 0 ? "a text" : Words.Or([.. vocabulary, .. Synonyms.Keys]);

    public override bool HasWord(string word) => Synonyms.ContainsKey(AsciiCase.Upper(word));

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now)
    {
        var upper = AsciiCase.Upper(value);
        upper = Synonyms.GetValueOrDefault(upper, upper);
        return vocabulary.Length == 0 || vocabulary.Contains(upper) ? upper : null;
    }

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        TextSql(sql, op == FilterOperator.Exists ? column : $"upper({column})", op, values)!;
}

/// <summary>Case as ClickHouse's <c>upper</c> sees it: of ASCII letters only.</summary>
internal static class AsciiCase
{
    public static string Upper(string text) => string.Concat(text.Select(c => char.IsAsciiLetterLower(c) ? (char)(c - 32) : c));
}
