using Spectre.Console;

namespace KGuardian.Analytics.Server.Import;

/// <summary>What became of every row of an import.</summary>
/// <param name="Source">What was imported.</param>
/// <param name="Server">Where it went.</param>
/// <param name="Seconds">How long the last run took.</param>
/// <param name="Runs">How often it was begun or gone on with.</param>
/// <param name="Tables">By what was imported.</param>
/// <param name="FlowsBefore">Flows that the server knew before it.</param>
/// <param name="FlowsNow">Flows that it knows now.</param>
/// <param name="FlowsOfOthers">Of the difference, those that agents posted meanwhile; less than 0: those that expired.</param>
/// <param name="RejectsFile">Where the rows are that cannot be stored; null without any.</param>
/// <param name="Notes">What else is to be known.</param>
internal sealed record ImportReport(
    string Source, string Server, double Seconds, int Runs, IReadOnlyList<TableReport> Tables, long FlowsBefore, long FlowsNow, long FlowsOfOthers,
    string? RejectsFile, IReadOnlyList<string> Notes)
{
    /// <summary>Rows that cannot be stored.</summary>
    public long Rejected => Tables.Sum(table => table.Rejected);

    /// <summary>Rows of which nobody knows what became of them.</summary>
    public long Unexplained => Tables.Sum(table => table.Unexplained);

    /// <summary>Prints it as a table.</summary>
    public void Print(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (column, isNumber) in new[]
        {
            ("table", false), ("there", true), ("read", true), ("new here", true), ("known before", true), ("duplicates", true), ("older", true),
            ("ignored", true), ("rejected", true), ("unexplained", true),
        })
        {
            table.AddColumn(new TableColumn(column) { Alignment = isNumber ? Justify.Right : Justify.Left, NoWrap = true });
        }

        foreach (var one in Tables)
        {
            table.AddRow(
                one.Table, $"{one.There}", $"{one.Read}", $"{one.Stored}", $"{one.KnownBefore}", $"{one.Duplicates}", $"{one.Older}", $"{one.Ignored}",
                $"{one.Rejected}", $"{one.Unexplained}");
        }

        console.Write(table);
        foreach (var (one, reason, count) in Tables.SelectMany(one => one.Reasons.Select(reason => (one.Table, reason.Key, reason.Value))))
        {
            console.WriteLine($"rejected of {one}: {count} for {reason}");
        }

        var stored = Tables.Where(one => one.Table == ImportTable.Flows.Name).Sum(one => one.Stored);
        console.WriteLine($"{Server} knew {FlowsBefore} flows before and knows {FlowsNow} now: {stored} of this import, {FlowsOfOthers} of others");
        foreach (var note in Notes)
        {
            console.WriteLine(note);
        }
    }
}

/// <summary>What became of the rows of something: all but the first two add up to <paramref name="Read"/>.</summary>
/// <param name="Table">What it is.</param>
/// <param name="There">Rows that the source has.</param>
/// <param name="Read">Rows that were read.</param>
/// <param name="Stored">New on the server.</param>
/// <param name="KnownBefore">Known there before.</param>
/// <param name="Duplicates">The same as another one of them.</param>
/// <param name="Older">Something later was known there, or they had expired.</param>
/// <param name="Ignored">What nobody keeps.</param>
/// <param name="Rejected">Those that cannot be stored.</param>
/// <param name="Reasons">Why they cannot.</param>
internal sealed record TableReport(
    string Table, long There, long Read, long Stored, long KnownBefore, long Duplicates, long Older, long Ignored, long Rejected,
    IReadOnlyDictionary<string, long> Reasons)
{
    /// <summary>Rows that the source has and that are in none of the others, or that are in them twice.</summary>
    public long Unexplained =>
        Math.Abs(There - Read) + Math.Abs(Read - Stored - KnownBefore - Duplicates - Older - Ignored - Rejected) + Math.Max(0, -KnownBefore);

    /// <summary>The report of a state.</summary>
    /// <param name="table">What it is.</param>
    /// <param name="state">Its state, done.</param>
    /// <param name="there">Rows that the source has.</param>
    /// <param name="duplicates">Those of them that are the same as another one.</param>
    public static TableReport Of(ImportTable table, TableState state, long there, long duplicates) => new(
        table.Name, there, state.Rows, state.Stored, state.Known - duplicates, duplicates, state.Older, state.Ignored, state.Rejected, state.Reasons);
}
