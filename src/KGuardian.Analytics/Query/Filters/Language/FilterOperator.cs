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
