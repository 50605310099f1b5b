using System.Globalization;

namespace KGuardian.Analytics.Bench.Report.Plot;

/// <summary>Maps values to places from 0 to 1, and says where ticks stand.</summary>
internal sealed class PlotAxis
{
    private const int WantedTicks = 5;
    private static readonly int[] RoundFactors = [1, 2, 5, 10];
    private readonly bool _isLog;
    private readonly double _from;
    private readonly double _to;

    private PlotAxis(bool isLog, double from, double to, IReadOnlyList<double> ticks) => (_isLog, _from, _to, Ticks) = (isLog, from, to, ticks);

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>From 0 to a round number not below the largest value.</summary>
    public static PlotAxis Linear(IEnumerable<double> values)
    {
        var largest = values.DefaultIfEmpty(0).Max();
        if (largest <= 0)
        {
            largest = 1;
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(largest / WantedTicks)));
        var step = RoundFactors.First(factor => factor * power * WantedTicks >= largest) * power;
        var steps = (int)Math.Ceiling(largest / step - 1e-9);
        return new(false, 0, steps * step, [.. Enumerable.Range(0, steps + 1).Select(i => i * step)]);
    }

    /// <summary>Logarithmic over the values, with ticks at 1 and 3 times the powers of ten.</summary>
    public static PlotAxis Logarithmic(IEnumerable<double> values)
    {
        var positive = values.Where(value => value > 0).DefaultIfEmpty(1).ToList();
        var (from, to) = (Math.Log10(positive.Min()), Math.Log10(positive.Max()));
        (from, to) = (from - 0.05, Math.Max(to, from + 0.5) + 0.05);
        var ticks = Enumerable.Range((int)Math.Floor(from), (int)Math.Ceiling(to) - (int)Math.Floor(from) + 1)
            .SelectMany(power => new[] { Math.Pow(10, power), 3 * Math.Pow(10, power) })
            .Where(tick => Math.Log10(tick) >= from && Math.Log10(tick) <= to);
        return new(true, from, to, [.. ticks]);
    }

    public double Place(double value) => ((_isLog ? Math.Log10(Math.Max(value, double.Epsilon)) : value) - _from) / (_to - _from);

    /// <summary>Short: 250k, 10M, 0.05.</summary>
    public static string Label(double value)
    {
        var (scaled, suffix) = Math.Abs(value) switch
        {
            >= 1e9 => (value / 1e9, "G"),
            >= 1e6 => (value / 1e6, "M"),
            >= 1e4 => (value / 1e3, "k"),
            _ => (value, ""),
        };
        return scaled.ToString("0.###", CultureInfo.InvariantCulture) + suffix;
    }
}
