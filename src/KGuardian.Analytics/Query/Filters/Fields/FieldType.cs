using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>What the values of a field are: which operators they have, how they are read, how they become SQL.</summary>
internal abstract class FieldType
{
    /// <summary>What may be asked.</summary>
    public abstract IReadOnlyList<FilterOperator> Operators { get; }

    /// <summary>The values that there are, where they are few; none where they are any.</summary>
    public virtual IReadOnlyList<string> KnownValues => [];

    /// <summary>What a comparison with these values counts for in <see cref="FilterLimits.Terms"/>.</summary>
    public virtual int Cost(IReadOnlyList<string> values) => 1;

    /// <summary>The values that <paramref name="op"/> takes, in words.</summary>
    public abstract string Expected(FilterOperator op);

    /// <summary>Whether a bare word is a value, though it is a keyword elsewhere.</summary>
    public virtual bool HasWord(string word) => false;

    /// <summary>The one spelling of a value, which reads as itself; null when it is not of this type.</summary>
    public abstract string? Canonical(FilterOperator op, string value, DateTimeOffset now);

    /// <summary>
    /// The condition in SQL, safe beside AND, OR and NOT; NULL counts as false. Only called with positive operators:
    /// the complements are made by the caller.
    /// </summary>
    public abstract string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values);

    /// <summary>What all text columns have in common; null for other operators.</summary>
    protected static string? TextSql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) => op switch
    {
        FilterOperator.Equal => $"{column} = {sql.Bind(values[0])}",
        FilterOperator.In => $"{column} IN ({sql.BindList(values)})",
        FilterOperator.Contains => $"position({column}, {sql.Bind(values[0])}) > 0",
        FilterOperator.StartsWith => $"startsWith({column}, {sql.Bind(values[0])})",
        FilterOperator.Exists => $"{column} IS NOT NULL",
        _ => null,
    };

    /// <summary>The part of a text that is looked for: every text has the empty one, so asking for it is a mistake.</summary>
    protected static bool IsEmptyPart(FilterOperator op, string value) =>
        op is FilterOperator.Contains or FilterOperator.StartsWith && value.Length == 0;
}
