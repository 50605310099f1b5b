using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace KGuardian.Analytics.Server.Metrics;

/// <summary>The series of one instrument: a counter adds, a gauge keeps the last value, a histogram counts into buckets.</summary>
internal sealed class MetricFamily(Instrument instrument)
{
    /// <summary>From a fast sync of 100 us to a stuck insert.</summary>
    private static readonly double[] SecondsBuckets = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

    /// <summary>From single posts to a full block.</summary>
    private static readonly double[] CountBuckets = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Series> _series = [];
    private readonly double[]? _buckets =
        instrument is not (Histogram<double> or Histogram<long>) ? null : instrument.Unit == "s" ? SecondsBuckets : CountBuckets;

    private readonly bool _adds = instrument is Counter<long> or Counter<double>;

    public string Name => instrument.Name;

    private string Type => _buckets is not null ? "histogram" : _adds || Name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge";

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.IsEmpty ? "" : Labels(tags);
        lock (_gate)
        {
            if (!_series.TryGetValue(labels, out var series))
            {
                _series.Add(labels, series = new Series { Buckets = _buckets is null ? [] : new long[_buckets.Length + 1] });
            }

            series.Value = _adds || _buckets is not null ? series.Value + value : value;
            if (_buckets is not null)
            {
                var bucket = Array.FindIndex(_buckets, bound => value <= bound);
                series.Buckets[bucket < 0 ? _buckets.Length : bucket]++;
            }
        }
    }

    public void Write(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {instrument.Description}\n# TYPE {Name} {Type}\n");
        lock (_gate)
        {
            if (_series.Count == 0 && _adds)
            {
                // A counter that nothing has counted is zero, not absent: alerts need a first value.
                text.Append(CultureInfo.InvariantCulture, $"{Name} 0\n");
            }

            foreach (var (labels, series) in _series.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                if (_buckets is null)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Name}{Braced(labels)} {series.Value}\n");
                }
                else
                {
                    WriteHistogram(text, labels, series);
                }
            }
        }
    }

    private void WriteHistogram(StringBuilder text, string labels, Series series)
    {
        var before = labels.Length == 0 ? "" : labels + ",";
        long count = 0;
        for (var i = 0; i < series.Buckets.Length; i++)
        {
            count += series.Buckets[i];
            var bound = i < _buckets!.Length ? _buckets[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{{before}le=\"{bound}\"}} {count}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{Name}_sum{Braced(labels)} {series.Value}\n{Name}_count{Braced(labels)} {count}\n");
    }

    private static string Braced(string labels) => labels.Length == 0 ? "" : $"{{{labels}}}";

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            var escaped = Convert.ToString(value, CultureInfo.InvariantCulture)!
                .Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
            labels.Append(labels.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(escaped).Append('"');
        }

        return labels.ToString();
    }

    private sealed class Series
    {
        public double Value { get; set; }

        public required long[] Buckets { get; init; }
    }
}
