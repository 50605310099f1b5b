using System.Globalization;
using System.Security;
using System.Text;

namespace KGuardian.Analytics.Bench.Report.Plot;

/// <summary>Panels of lines over one kind of horizontal axis as an SVG file: two beside each other, light, readable without scripts or fonts.</summary>
internal sealed class SvgPlot(string title, string subtitle, string horizontalTitle, bool isLogarithmic, params IReadOnlyList<PlotPanel> panels)
{
    private const int Columns = 2;
    private const int PanelWidth = 520;
    private const int PanelHeight = 330;
    private const int HeadHeight = 64;

    // Around a panel's plot: labels of the vertical axis, the panel's title and legend, labels and title of the horizontal axis.
    private const int Left = 72;
    private const int Right = 20;
    private const int Top = 74;
    private const int Bottom = 46;
    private const int PlotWidth = PanelWidth - Left - Right;
    private const int PlotHeight = PanelHeight - Top - Bottom;
    private const int LegendStroke = 20;
    private const int LegendLine = 17;
    private const double LetterWidth = 6.2;
    private const string Font = "font-family=\"sans-serif\" font-size=\"12\"";

    // Told apart also by those who do not see red and green alike (Okabe and Ito).
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#444444"];

    private readonly StringBuilder _svg = new();

    public override string ToString()
    {
        var rows = (panels.Count + Columns - 1) / Columns;
        var (width, height) = (Columns * PanelWidth, HeadHeight + rows * PanelHeight);
        _svg.Clear();
        Line($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {Font}>""");
        Line($"""<rect width="{width}" height="{height}" fill="#ffffff"/>""");
        Text(Left, 28, title, "font-size=\"18\" font-weight=\"bold\" fill=\"#222222\"");
        Text(Left, 48, subtitle, "fill=\"#666666\"");
        for (var i = 0; i < panels.Count; i++)
        {
            Panel(panels[i], i % Columns * PanelWidth, HeadHeight + i / Columns * PanelHeight);
        }

        Line($"</svg>");
        return _svg.ToString();
    }

    private void Panel(PlotPanel panel, int x, int y)
    {
        var points = panel.Series.SelectMany(series => series.Points).ToList();
        var horizontal = isLogarithmic ? PlotAxis.Logarithmic(points.Select(point => point.X)) : PlotAxis.Linear(points.Select(point => point.X));
        var vertical = PlotAxis.Linear(points.Select(point => point.Y));
        Line($"""<g transform="translate({x + Left} {y + Top})">""");
        Text(0, -52, $"{panel.Title}, {panel.Unit}", "font-size=\"14\" font-weight=\"bold\" fill=\"#222222\"");
        foreach (var tick in vertical.Ticks)
        {
            var at = PlotHeight * (1 - vertical.Place(tick));
            Line($"""<line x1="0" x2="{PlotWidth}" y1="{at:0.#}" y2="{at:0.#}" stroke="#e2e2e2"/>""");
            Text(-8, at + 4, PlotAxis.Label(tick), "text-anchor=\"end\" fill=\"#444444\"");
        }

        foreach (var tick in horizontal.Ticks)
        {
            var at = PlotWidth * horizontal.Place(tick);
            Line($"""<line x1="{at:0.#}" x2="{at:0.#}" y1="0" y2="{PlotHeight}" stroke="#f0f0f0"/>""");
            Text(at, PlotHeight + 17, PlotAxis.Label(tick), "text-anchor=\"middle\" fill=\"#444444\"");
        }

        Line($"""<path d="M0 0V{PlotHeight}H{PlotWidth}" fill="none" stroke="#888888"/>""");
        Text(PlotWidth / 2.0, PlotHeight + 36, horizontalTitle, "text-anchor=\"middle\" fill=\"#444444\"");
        foreach (var series in panel.Series)
        {
            Series(series, horizontal, vertical);
        }

        Legend(panel.Series);
        Line($"</g>");
    }

    private void Series(PlotSeries series, PlotAxis horizontal, PlotAxis vertical)
    {
        var places = series.Points.Select(point => (X: PlotWidth * horizontal.Place(point.X), Y: PlotHeight * (1 - vertical.Place(point.Y)))).ToList();
        var path = string.Join(' ', places.Select(place => string.Create(CultureInfo.InvariantCulture, $"{place.X:0.#},{place.Y:0.#}")));
        Line($"""<polyline points="{path}" {Stroke(series)}/>""");
        // Where there are few, each is a measurement to look at.
        if (places.Count > 20)
        {
            return;
        }

        foreach (var (x, y) in places)
        {
            Line($"""<circle cx="{x:0.#}" cy="{y:0.#}" r="3" fill="{Color(series)}"/>""");
        }
    }

    private void Legend(IReadOnlyList<PlotSeries> all)
    {
        var (x, y) = (0.0, -30);
        foreach (var series in all)
        {
            var width = LegendStroke + 5 + series.Name.Length * LetterWidth;
            if (x + width > PlotWidth + Right)
            {
                (x, y) = (0, y + LegendLine);
            }

            Line($"""<path d="M{x:0.#} {y - 4}h{LegendStroke}" {Stroke(series)}/>""");
            Text(x + LegendStroke + 5, y, series.Name, "fill=\"#222222\"");
            x += width + 12;
        }
    }

    private static string Color(PlotSeries series) => Colors[series.Color % Colors.Length];

    private static string Stroke(PlotSeries series) =>
        $"fill=\"none\" stroke=\"{Color(series)}\" stroke-width=\"2\"{(series.IsDashed ? " stroke-dasharray=\"5 4\"" : "")}";

    private void Text(double x, double y, string text, string attributes) =>
        Line($"""<text x="{x:0.#}" y="{y:0.#}" {attributes}>{SecurityElement.Escape(text)}</text>""");

    private void Line(FormattableString text) => _svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));
}
