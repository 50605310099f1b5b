using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>Draws a frame of <c>top</c> as text for a terminal of a size: every line is written whole, so that nothing flickers or is left over.</summary>
internal static class TopDrawing
{
    private const string Home = "\u001b[H";
    private const string ToEndOfLine = "\u001b[0m\u001b[K";
    private const string ToEndOfScreen = "\u001b[J";

    /// <summary>Lines that are neither talkers nor drops nor arrivals: status, rate, three headings, keys.</summary>
    private const int FixedLines = 6;

    /// <summary>The frame.</summary>
    /// <param name="frame">What was found.</param>
    /// <param name="arrivals">What arrives.</param>
    /// <param name="status">The first line.</param>
    /// <param name="prompt">The last one.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="height">Its lines.</param>
    public static string Of(TopFrame frame, TopArrivals arrivals, string status, string prompt, int width, int height)
    {
        var rows = Math.Max(0, height - FixedLines);
        // Half is the talkers', a quarter the drops', the rest shows what arrives.
        var (talkers, drops) = (rows / 2, rows / 4);
        var lines = new List<string> { Bold(status, width) };
        lines.Add((frame.Problem ?? arrivals.Problem) is { } problem ? Red(problem, width)
            : Plain(
                string.Create(
                    CultureInfo.InvariantCulture, $"{arrivals.Rate:0.0} new flows/s, {frame.Talkers.Length} rows, {frame.Drops.Length} with drops"),
                width));
        lines.Add(Bold("TALKERS", width));
        lines.AddRange(Fit(Table(frame.Sorted, width, talkers), talkers));
        lines.Add(Bold("DROPS", width));
        lines.AddRange(Fit(Table(frame.Drops, width, drops), drops));
        lines.Add(Bold("NEW", width));
        var arriving = rows - talkers - drops;
        lines.AddRange(Fit([.. arrivals.Newest(arriving).Select(row => Line(row, width))], arriving));
        lines.Add(Bold(prompt, width));

        var text = new StringBuilder(Home);
        foreach (var (index, line) in lines.Take(height).Index())
        {
            text.Append(line).Append(ToEndOfLine).Append(index < height - 1 ? "\r\n" : "");
        }

        return text.Append(ToEndOfScreen).ToString();
    }

    /// <summary>So many lines; what is missing is empty.</summary>
    private static IEnumerable<string> Fit(string[] lines, int count) => Enumerable.Range(0, count).Select(index => index < lines.Length ? lines[index] : "");

    private static string[] Table(JsonElement[] rows, int width, int height)
    {
        if (rows.Length == 0)
        {
            return ["  nothing"];
        }

        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = StandardOutput.HasColours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new FixedOutput(text, width, height),
        });
        console.Write(RowTable.Of([.. rows.Take(height)], wraps: false));
        return text.ToString().TrimEnd('\n').Split('\n');
    }

    private static string Line(JsonElement row, int width)
    {
        var line = FlowLine.Of(row, hasColours: false);
        return row.TryGetProperty("decision", out var decision) && decision.ToString() != "ALLOW" ? Red(line, width) : Plain(line, width);
    }

    private static string Bold(string text, int width) => $"\u001b[1m{Plain(text, width)}\u001b[0m";

    private static string Red(string text, int width) => StandardOutput.HasColours ? $"\u001b[31m{Plain(text, width)}\u001b[0m" : Plain(text, width);

    private static string Plain(string text, int width)
    {
        var safe = SafeText.Of(text);
        return safe.Length <= width ? safe : safe[..width];
    }

    /// <summary>A place for Spectre's text, of a size.</summary>
    private sealed class FixedOutput(TextWriter writer, int width, int height) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => height;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
