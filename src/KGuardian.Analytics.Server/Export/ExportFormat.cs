using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>How flows are written.</summary>
/// <param name="Name">What it is called, in options and at the end of files' names.</param>
/// <param name="Asked">What the server is asked for: its JSON comes in pages, so an array is made here, of lines.</param>
/// <param name="IsText">Whether a row is text, which can be made anonymous.</param>
/// <param name="FirstGuess">Bytes of a row before any was measured, with the columns of an event.</param>
internal sealed record ExportFormat(string Name, string Asked, bool IsText, int FirstGuess)
{
    /// <summary>All there are.</summary>
    public static readonly IReadOnlyList<ExportFormat> All =
    [
        new("ndjson", "ndjson", true, 340), new("csv", "csv", true, 170), new("json", "ndjson", true, 340), new("arrow", "arrow", false, 100),
        new("parquet", "parquet", false, 40),
    ];

    /// <summary>The format of a name, or of a file that ends so.</summary>
    /// <param name="name">As it was asked for; null where a file's name says it.</param>
    /// <param name="place">Where it goes.</param>
    /// <exception cref="UsageException">There is none of the name.</exception>
    public static ExportFormat Of(string? name, string place)
    {
        var ending = Path.GetExtension(place).TrimStart('.');
        return All.FirstOrDefault(format => format.Name == (name ?? (ending == "jsonl" ? "ndjson" : ending)))
            ?? (name is null ? All[0] : throw new UsageException($"--format '{name}' is none of {string.Join(", ", All.Select(format => format.Name))}"));
    }
}
