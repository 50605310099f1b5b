using System.Text.Json;
using Spectre.Console;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>Rows of an answer as a table: a column for each member, headed by its name.</summary>
internal static class RowTable
{
    /// <summary>Into a pipe no line is ever broken.</summary>
    private const int PipeWidth = 10_000;

    /// <summary>Prints a table on standard output; nothing when there are no rows.</summary>
    public static void Print(IReadOnlyList<JsonElement> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = PipeWidth;
        }

        console.Write(Of(rows, wraps: !Console.IsOutputRedirected));
    }

    /// <summary>A table.</summary>
    /// <param name="rows">Objects with the same members; one at least.</param>
    /// <param name="wraps">Whether a cell may take several lines; else it is cut.</param>
    public static Table Of(IReadOnlyList<JsonElement> rows, bool wraps)
    {
        var table = new Table().Border(TableBorder.None);
        var names = rows[0].EnumerateObject().Select(member => member.Name).ToArray();
        foreach (var name in names)
        {
            var column = new TableColumn(new Text(name.ToUpperInvariant())) { NoWrap = !wraps, Padding = new Padding(0, 0, 2, 0) };
            table.AddColumn(rows[0].GetProperty(name).ValueKind == JsonValueKind.Number ? column.RightAligned() : column);
        }

        foreach (var row in rows)
        {
            table.AddRow(names.Select(name => new Text(Cell(row, name), Style(row)) { Overflow = Overflow.Ellipsis }));
        }

        return table;
    }

    private static Style Style(JsonElement row) =>
        row.TryGetProperty("decision", out var decision) && decision.ValueKind == JsonValueKind.String && decision.GetString() == "DROP"
            ? new Style(Color.Red) : Spectre.Console.Style.Plain;

    /// <summary>What is not known is a dash.</summary>
    private static string Cell(JsonElement row, string name) => !row.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? "-"
        : value.ValueKind == JsonValueKind.String ? SafeText.Of(value.GetString()!) : SafeText.Of(value.GetRawText());
}
