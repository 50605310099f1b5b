using System.Text.Encodings.Web;
using System.Text.Json;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// How this program writes JSON whose names are in snake_case. What the store holds is written by its own: an answer may change, a row may not.
/// </summary>
internal static class SnakeCaseJson
{
    /// <summary>Everything but ASCII is escaped.</summary>
    public static readonly JsonSerializerOptions Ascii = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Texts as they are.</summary>
    public static readonly JsonSerializerOptions Plain = new(Ascii) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Texts as they are, on several lines, for people.</summary>
    public static readonly JsonSerializerOptions Indented = new(Plain) { WriteIndented = true };
}
