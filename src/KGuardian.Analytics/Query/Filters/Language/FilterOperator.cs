namespace KGuardian.Analytics.Query.Filters.Language;

/// <summary>What a comparison asks of a field. Every one is true or false, never unknown: see <see cref="FlowFilter"/>.</summary>
internal enum FilterOperator
{
    /// <summary>The value is this one.</summary>
    Equal,

    /// <summary>The exact complement of <see cref="Equal"/>: also true of flows without a value.</summary>
    NotEqual,

    /// <summary>There is a value, and it is less.</summary>
    Less,

    /// <summary>There is a value, and it is less or the same.</summary>
    LessOrEqual,

    /// <summary>There is a value, and it is greater.</summary>
    Greater,

    /// <summary>There is a value, and it is greater or the same.</summary>
    GreaterOrEqual,

    /// <summary>The value is one of a list; for addresses also: lies in one of the prefixes.</summary>
    In,

    /// <summary>The exact complement of <see cref="In"/>.</summary>
    NotIn,

    /// <summary>The text has this part.</summary>
    Contains,

    /// <summary>The text begins so.</summary>
    StartsWith,

    /// <summary>There is a value (the empty text is one). Takes none itself.</summary>
    Exists,
}

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
