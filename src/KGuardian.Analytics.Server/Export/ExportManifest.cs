using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;

namespace KGuardian.Analytics.Server.Export;

/// <summary>What an export is of, and what of it is there: the file <c>manifest.json</c> beside its parts.</summary>
internal sealed record ExportManifest
{
    public const string FileName = "manifest.json";

    private const int Known = 1;

    /// <summary>Of this file's form.</summary>
    public int Version { get; init; } = Known;

    /// <summary>The server that was asked; null where names were made others.</summary>
    public string? Server { get; init; }

    /// <summary>What was asked for, as it was typed: by this the same command is known again.</summary>
    public required ExportRequest Request { get; init; }

    /// <summary>Begin of the window.</summary>
    public required string From { get; init; }

    /// <summary>Its end, not part of it.</summary>
    public required string To { get; init; }

    /// <summary>When it was begun, UTC. Relative times of the filter count from here, for all parts.</summary>
    public required string Begun { get; init; }

    /// <summary>When all of it was there; null when it is not.</summary>
    public string? Finished { get; init; }

    /// <summary>How often it was begun, or gone on with.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>All flows from <see cref="From"/> to here are in the parts.</summary>
    public required string CompleteTo { get; init; }

    /// <summary>Rows of all parts.</summary>
    public long Rows => Parts.Sum(part => part.Rows);

    /// <summary>Bytes of all parts.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);

    /// <summary>The parts, one behind the other.</summary>
    public IReadOnlyList<ExportPart> Parts { get; init; } = [];

    /// <summary>Reads one.</summary>
    /// <param name="text">Its bytes.</param>
    /// <param name="place">Where they are from.</param>
    /// <exception cref="UsageException">It is none, or of another version.</exception>
    public static ExportManifest Parse(ReadOnlySpan<byte> text, string place)
    {
        try
        {
            return JsonSerializer.Deserialize<ExportManifest>(text, SnakeCaseJson.Indented) is { Version: Known } manifest
                ? manifest : throw new UsageException($"{FileName} in {place} is of another version of this program");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{FileName} in {place} is no manifest of an export: {e.Message}");
        }
    }

    /// <summary>As it is written.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, SnakeCaseJson.Indented);
}

/// <summary>What an export was asked for.</summary>
/// <param name="From">Begin of the window; null for the server's default.</param>
/// <param name="To">Its end; null for now.</param>
/// <param name="Filter">Which flows; null for all.</param>
/// <param name="Fields">Columns; null for those of an event.</param>
/// <param name="Format">How rows are written.</param>
/// <param name="Part">How much a part holds.</param>
/// <param name="AnonymisedBy">The check of the key that made names and addresses others; null when they are the server's.</param>
internal sealed record ExportRequest(string? From, string? To, string? Filter, string? Fields, string Format, string Part, string? AnonymisedBy);

/// <summary>A part.</summary>
/// <param name="File">Its file; null when there are no flows in its time.</param>
/// <param name="From">Begin of its time.</param>
/// <param name="To">Its end, not part of it.</param>
/// <param name="Rows">Flows.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Sha256">Of the file, hexadecimal; null without one.</param>
/// <param name="CompleteAsOf">What the server had acknowledged by then is in it, by the server's clock.</param>
internal sealed record ExportPart(string? File, string From, string To, long Rows, long Bytes, string? Sha256, string CompleteAsOf)
{
    /// <summary>What the file of a part is called.</summary>
    /// <param name="from">Begin of its time.</param>
    /// <param name="format">How its rows are written.</param>
    public static string NameOf(DateTime from, ExportFormat format) => $"flows-{from:yyyyMMdd'T'HHmmss.ffffff}Z.{format.Name}";
}
