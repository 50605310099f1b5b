namespace KGuardian.Analytics.Query.Filters.Language;

/// <summary>How large a filter may be. ClickHouse's own limits (syntax depth, length of an address) lie well above.</summary>
internal static class FilterLimits
{
    /// <summary>Levels of and, or, not and parentheses.</summary>
    public const int Depth = 32;

    /// <summary>
    /// Comparisons in one filter. Those that take more of ClickHouse count for more: addresses 4, and 4 more for each prefix, search 2,
    /// last_seen and observations 50. Keeps the parameters below ClickHouse's 1,000 fields of a request, and the SQL below its 256 KiB.
    /// </summary>
    public const int Terms = 800;

    /// <summary>Values of one list.</summary>
    public const int ListLength = 1000;

    /// <summary>Characters of one value.</summary>
    public const int ValueLength = 1024;

    /// <summary>
    /// Characters of all values together; those outside printable ASCII, quotes and backslashes count 4, and each value 3 more. Keeps a
    /// list below the 128 KiB that ClickHouse takes in one field of a request.
    /// </summary>
    public const int AllValuesLength = 32_768;

    /// <summary>Characters of an expression.</summary>
    public const int TextLength = 65_536;
}
