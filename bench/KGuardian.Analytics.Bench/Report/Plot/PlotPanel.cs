namespace KGuardian.Analytics.Bench.Report.Plot;

/// <summary>Lines that share their axes; the vertical axis is linear and begins at 0.</summary>
internal sealed record PlotPanel(string Title, string Unit, params IReadOnlyList<PlotSeries> Series);
