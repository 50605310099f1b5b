namespace KGuardian.Analytics.Bench.Report.Plot;

/// <summary>A line of a panel. Dashed ones belong to the solid one of the same <paramref name="Color"/> (0 up), as a p99 to its p50.</summary>
internal sealed record PlotSeries(string Name, int Color, IReadOnlyList<(double X, double Y)> Points, bool IsDashed = false);
