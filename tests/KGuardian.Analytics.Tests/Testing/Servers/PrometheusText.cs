using System.Globalization;
using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>Prometheus' text format 0.0.4, read strictly: what its own parser would refuse fails here.</summary>
internal static partial class PrometheusText
{
    /// <summary>The samples by their name and labels as written.</summary>
    public static Dictionary<string, double> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>();
        var types = new Dictionary<string, string>();
        var described = new HashSet<string>();
        var family = "";
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                family = help.Groups[1].Value;
                Assert.True(described.Add(family), $"described twice: {line}");
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                Assert.Equal(family, type.Groups[1].Value);
                types.Add(family, type.Groups[2].Value);
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, $"no sample: '{line}'");
                var name = sample.Groups[1].Value;
                var isOfFamily = types[family] == "histogram"
                    ? name == family + "_bucket" || name == family + "_sum" || name == family + "_count"
                    : name == family;
                Assert.True(isOfFamily, $"{name} is not of the family {family} that it follows");
                samples.Add(name + sample.Groups[2].Value, double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture));
            }
        }

        foreach (var (name, _) in types.Where(type => type.Value == "counter"))
        {
            Assert.EndsWith("_total", name, StringComparison.Ordinal);
        }

        return samples;
    }

    /// <summary>Checks that a histogram's buckets rise to its count.</summary>
    public static void AssertHistogram(Dictionary<string, double> samples, string name)
    {
        var buckets = samples.Where(sample => sample.Key.StartsWith(name + "_bucket{", StringComparison.Ordinal)).ToArray();
        Assert.Equal(buckets.Select(bucket => bucket.Value).Order(), buckets.Select(bucket => bucket.Value));
        Assert.Equal(name + "_bucket{le=\"+Inf\"}", buckets[^1].Key);
        Assert.Equal(samples[name + "_count"], buckets[^1].Value);
    }

    [GeneratedRegex("""^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$""")]
    private static partial Regex Help();

    [GeneratedRegex("""^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$""")]
    private static partial Regex Type();

    [GeneratedRegex(
        """^([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*")*\})?)"""
        + """ (-?[0-9.]+(?:[eE][+-]?[0-9]+)?|[+-]Inf|NaN)$""")]
    private static partial Regex Sample();
}
