namespace KGuardian.Analytics.Query.Filters;

/// <summary>How large a filter may be. ClickHouse's own limits (syntax depth, length of an address) lie well above.</summary>
public static class FilterLimits
{
    /// <summary>Levels of and, or, not and parentheses.</summary>
    public const int Depth = 32;

    /// <summary>
    /// Values of all comparisons. Those that take more of ClickHouse count for more: addresses 2, search 4, last_seen and observations 50.
    /// </summary>
    public const int Terms = 1000;

    /// <summary>Values of one list.</summary>
    public const int ListLength = 1000;

    /// <summary>Characters of one value.</summary>
    public const int ValueLength = 1024;

    /// <summary>Characters of all values together: they travel in the request's address, of which ClickHouse takes 1 MiB.</summary>
    public const int AllValuesLength = 32_768;

    /// <summary>Characters of an expression.</summary>
    public const int TextLength = 65_536;
}
