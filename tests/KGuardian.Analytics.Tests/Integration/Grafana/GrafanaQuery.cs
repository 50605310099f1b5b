using System.Globalization;
using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Tests.Integration.Grafana;

/// <summary>
/// Expands SQL as Grafana and its ClickHouse plugin 4.20.0 do: $__conditionalAll and template variables in the browser, then the plugin's macros in
/// its backend. Macros that no dashboard uses are not known here.
/// </summary>
internal sealed partial class GrafanaQuery(DateTimeOffset from, DateTimeOffset to)
{
    /// <summary>What a variable with "All" is set to.</summary>
    public const string All = "$__all";

    /// <summary>Grafana asks for at most so many points.</summary>
    private const int Points = 1000;

    private readonly Dictionary<string, (string[] Selected, string[] Options)> _variables = [];

    /// <summary>Sets a variable to some of its options, or to <see cref="All"/>.</summary>
    public GrafanaQuery With(string name, string[] selected, string[] options)
    {
        _variables[name] = (selected, options);
        return this;
    }

    /// <summary>The SQL that reaches ClickHouse.</summary>
    public string Expand(string sql, TimeSpan leastInterval = default)
    {
        sql = ConditionalAll().Replace(sql, match => IsAll(match.Groups["variable"].Value) ? "1=1" : match.Groups["condition"].Value);
        sql = Variable().Replace(sql, match => Format(match.Groups["name"].Value, match.Groups["format"].Value));
        var interval = TimeSpan.FromTicks(Math.Max((to - from).Ticks / Points, Math.Max(leastInterval.Ticks, TimeSpan.TicksPerSecond)));
        sql = Macro().Replace(sql, match => Expand(match.Groups["name"].Value, match.Groups["argument"].Value, interval));
        Assert.DoesNotContain("$", sql, StringComparison.Ordinal);
        return sql;
    }

    private bool IsAll(string variable) => _variables[variable].Selected is [All];

    // Grafana's "singlequote": as many texts as are selected, quotes escaped.
    private string Format(string variable, string format)
    {
        Assert.Equal("singlequote", format);
        var (selected, options) = _variables[variable];
        return string.Join(',', (IsAll(variable) ? options : selected).Select(value => $"'{value.Replace("'", @"\'", StringComparison.Ordinal)}'"));
    }

    private string Expand(string macro, string argument, TimeSpan interval) => macro switch
    {
        "timeFilter_ms" => $"{argument} >= {Millis(from)} AND {argument} <= {Millis(to)}",
        "fromTime_ms" => Millis(from),
        "toTime_ms" => Millis(to),
        "timeInterval" => $"toStartOfInterval(toDateTime({argument}), INTERVAL {(long)interval.TotalSeconds} second)",
        "timeInterval_ms" => $"toStartOfInterval(toDateTime64({argument}, 3), INTERVAL {(long)interval.TotalMilliseconds} millisecond)",
        _ => throw new InvalidOperationException($"$__{macro} is not known to this test"),
    };

    private static string Millis(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"fromUnixTimestamp64Milli({time.ToUnixTimeMilliseconds()})");

    [GeneratedRegex(@"\$__conditionalAll\((?<condition>[^()]*(?:\([^()]*\)[^()]*)*), *\$(?<variable>\w+)\)")]
    private static partial Regex ConditionalAll();

    [GeneratedRegex(@"\$\{(?<name>\w+)(?::(?<format>\w+))?\}|\$(?!__)(?<name>\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\$__(?<name>\w+)(?:\((?<argument>[^()]*)\))?")]
    private static partial Regex Macro();
}
