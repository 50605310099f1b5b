using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;

namespace KGuardian.Analytics.Server.Import;

/// <summary>How far an import has come, in a file: what is in it was acknowledged by the server.</summary>
internal sealed class ImportState
{
    private const int Known = 1;

    /// <summary>Of this file's form.</summary>
    public int Version { get; init; } = Known;

    /// <summary>What is imported: a database, or files.</summary>
    public required string Source { get; init; }

    /// <summary>The server's store, as the server tells it.</summary>
    public required string Store { get; init; }

    /// <summary>Whether flows keep their age.</summary>
    public bool KeepAge { get; init; }

    /// <summary>Flows that the server knew before.</summary>
    public long FlowsBefore { get; init; }

    /// <summary>How often it was begun, or gone on with.</summary>
    public int Runs { get; set; }

    /// <summary>Whether all of it is done.</summary>
    public bool Finished { get; set; }

    /// <summary>Bytes of the file of keys that count.</summary>
    public long KeyBytes { get; set; }

    /// <summary>Bytes of the file of rejects that count.</summary>
    public long RejectBytes { get; set; }

    /// <summary>What is imported, by name.</summary>
    public Dictionary<string, TableState> Tables { get; init; } = [];

    /// <summary>The state of something that is imported.</summary>
    public TableState Of(ImportTable table) => Tables.TryGetValue(table.Name, out var state) ? state : Tables[table.Name] = new TableState();

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="UsageException">It is no such file.</exception>
    public static ImportState? Read(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var state = JsonSerializer.Deserialize<ImportState>(File.ReadAllBytes(path), SnakeCaseJson.Indented);
            return state is { Version: Known } ? state : throw new UsageException($"--state '{path}' is of another version of this program");
        }
        catch (JsonException e)
        {
            throw new UsageException($"--state '{path}' is no state of an import: {e.Message}");
        }
    }

    /// <summary>Writes the file; whoever is killed leaves the one before, or this one.</summary>
    public void Write(string path)
    {
        var beside = $"{path}.new";
        File.WriteAllBytes(beside, JsonSerializer.SerializeToUtf8Bytes(this, SnakeCaseJson.Indented));
        File.Move(beside, path, overwrite: true);
    }
}

/// <summary>How far something of an import has come.</summary>
internal sealed class TableState
{
    /// <summary>Whether it is done.</summary>
    public bool Done { get; set; }

    /// <summary>The key of the last row that was acknowledged; null for none, or where it cannot be gone on.</summary>
    public string[]? Position { get; set; }

    /// <summary>Rows that were read, and are accounted for.</summary>
    public long Rows { get; set; }

    /// <summary>New there.</summary>
    public long Stored { get; set; }

    /// <summary>Known there.</summary>
    public long Known { get; set; }

    /// <summary>Something later was known there, or they had expired.</summary>
    public long Older { get; set; }

    /// <summary>What nobody keeps.</summary>
    public long Ignored { get; set; }

    /// <summary>Those that cannot be stored.</summary>
    public long Rejected { get; set; }

    /// <summary>Why they cannot.</summary>
    public SortedDictionary<string, long> Reasons { get; init; } = [];

    /// <summary>Rows that were sent again, because the answer was lost: if it was stored, it counts as known.</summary>
    public long Resent { get; set; }
}
