namespace KGuardian.Analytics.Server.Http.Parameters;

/// <summary>A parameter, or a field of a body, that cannot be taken: a 400 that names it, its value and what is allowed.</summary>
internal sealed class ParameterException(string name, string? value, string problem, string allowed)
    : Exception($"{name} = '{Cut(value)}' {problem}. Allowed: {allowed}.")
{
    private const int LongestValue = 200;

    public string Name => name;

    public string Allowed => allowed;

    /// <summary>The value as it came, cut when it is long.</summary>
    public string? Value => Cut(value);

    /// <summary>The status of the answer; null for that of the family.</summary>
    public int? Status { get; init; }

    /// <summary>More about what is wrong, by name.</summary>
    public Dictionary<string, object?> Details { get; } = [];

    private static string? Cut(string? value) => value?.Length > LongestValue ? value[..LongestValue] + "..." : value;
}
