using System.Buffers;
using System.Globalization;

namespace KGuardian.ClickHouse.Client;

/// <summary>One statement with its bound parameters, settings and limits. Values reach ClickHouse as <c>{name:Type}</c> parameters only.</summary>
/// <param name="Sql">The statement; placeholders are written <c>{name:Type}</c>.</param>
internal sealed record ClickHouseQuery(string Sql)
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create("\\\t\n\r\0\b\f");

    /// <summary>Values of the placeholders, in ClickHouse's text form (see <see cref="With(string, string)"/>).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    /// <summary>ClickHouse settings of this statement alone.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];

    /// <summary>The id in ClickHouse's <c>query_log</c> and <c>processes</c>; a fresh one when null.</summary>
    public string? QueryId { get; init; }

    /// <summary>Database of unqualified names; null: the client's.</summary>
    public string? Database { get; init; }

    /// <summary>Longest run time; ClickHouse ends the statement after it. Null: the client's default.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Most memory the statement may take on the ClickHouse side, in bytes. Null: the client's default.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Most rows of result; more is an error, never a silent cut. Null: unlimited.</summary>
    public long? ResultRowsLimit { get; init; }

    /// <summary>The same query with the text parameter <paramref name="name"/>.</summary>
    public ClickHouseQuery With(string name, string value) =>
        this with { Parameters = [.. Parameters, new($"param_{name}", EscapeText(value))] };

    /// <summary>The same query with the integer parameter <paramref name="name"/>.</summary>
    public ClickHouseQuery With(string name, long value) =>
        this with { Parameters = [.. Parameters, new($"param_{name}", value.ToString(CultureInfo.InvariantCulture))] };

    /// <summary>The same query with the unsigned integer parameter <paramref name="name"/>.</summary>
    public ClickHouseQuery With(string name, ulong value) =>
        this with { Parameters = [.. Parameters, new($"param_{name}", value.ToString(CultureInfo.InvariantCulture))] };

    /// <summary>The same query with the date parameter <paramref name="name"/>.</summary>
    public ClickHouseQuery With(string name, DateOnly value) => With(name, value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>The same query with the ClickHouse setting <paramref name="name"/>.</summary>
    public ClickHouseQuery WithSetting(string name, string value) => this with { Settings = [.. Settings, new(name, value)] };

    /// <summary>ClickHouse reads parameter values as TSV fields: backslash, tab and line ends must be escaped, a NUL as well.</summary>
    private static string EscapeText(string value) =>
        value.AsSpan().IndexOfAny(Escaped) < 0
            ? value
            : value.Replace(@"\", @"\\", StringComparison.Ordinal)
                .Replace("\t", @"\t", StringComparison.Ordinal)
                .Replace("\n", @"\n", StringComparison.Ordinal)
                .Replace("\r", @"\r", StringComparison.Ordinal)
                .Replace("\0", @"\0", StringComparison.Ordinal)
                .Replace("\b", @"\b", StringComparison.Ordinal)
                .Replace("\f", @"\f", StringComparison.Ordinal);
}
