namespace KGuardian.Analytics.Query.Filters.Language;

/// <summary>How operators are written, and what they take.</summary>
internal static class FilterOperators
{
    public static readonly FilterOperator[] Equality = [FilterOperator.Equal, FilterOperator.NotEqual, FilterOperator.In, FilterOperator.NotIn];

    public static readonly FilterOperator[] Order =
    [
        FilterOperator.Equal, FilterOperator.NotEqual, FilterOperator.Less, FilterOperator.LessOrEqual, FilterOperator.Greater, FilterOperator.GreaterOrEqual,
    ];

    public static readonly FilterOperator[] Text = [.. Equality, FilterOperator.Contains, FilterOperator.StartsWith, FilterOperator.Exists];

    /// <summary>The operator in the expression language.</summary>
    public static string Symbol(this FilterOperator op) => op switch
    {
        FilterOperator.Equal => "=",
        FilterOperator.NotEqual => "!=",
        FilterOperator.Less => "<",
        FilterOperator.LessOrEqual => "<=",
        FilterOperator.Greater => ">",
        FilterOperator.GreaterOrEqual => ">=",
        FilterOperator.In => "in",
        FilterOperator.NotIn => "not in",
        FilterOperator.Contains => "contains",
        FilterOperator.StartsWith => "startsWith",
        FilterOperator.Exists => "exists",
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "not an operator"),
    };

    /// <summary>Operators that take a list.</summary>
    public static bool TakesList(this FilterOperator op) => op is FilterOperator.In or FilterOperator.NotIn;

    /// <summary>The operator that <paramref name="op"/> is the complement of, or itself.</summary>
    public static FilterOperator Positive(this FilterOperator op) => op switch
    {
        FilterOperator.NotEqual => FilterOperator.Equal,
        FilterOperator.NotIn => FilterOperator.In,
        _ => op,
    };

    /// <summary>"=, != or in".</summary>
    public static string List(IReadOnlyList<FilterOperator> operators) => Words.Or([.. operators.Select(Symbol)]);
}
