using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>A row of a file: members of a JSON object, found by dotted paths, or the cells of a line of CSV, or of columns that tell null from empty.</summary>
internal readonly struct SourceRow
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonElement _json;
    private readonly Dictionary<string, string?>? _cells;
    private readonly bool _isTyped;

    public SourceRow(JsonElement json) => _json = json;

    public SourceRow(Dictionary<string, string?> cells, bool isTyped = false) => (_cells, _isTyped) = (cells, isTyped);

    /// <summary>A row of columns, or why it cannot be taken.</summary>
    public static (long Line, SourceRow Row, RejectedSource? Fault) OfColumns(long number, Dictionary<string, string?> cells)
    {
        var row = new SourceRow(cells, isTyped: true);
        return cells.Values.Any(cell => cell?.Contains(FlowFile.NoCharacter, StringComparison.Ordinal) ?? false)
            ? (number, default, new(number, "", "invalid_utf8", row.Show())) : (number, row, null);
    }

    /// <summary>The row as text, for who is to mend it.</summary>
    public string Show() => RejectFile.Show(Encoding.UTF8.GetBytes(_cells is null ? _json.GetRawText() : JsonSerializer.Serialize(_cells, Relaxed)));

    /// <summary>The text of a member; a number's digits. Null when it is null, not there, or neither; of CSV, also when it is empty.</summary>
    /// <exception cref="InvalidOperationException">It has half of a surrogate pair.</exception>
    public string? Text(string path) => _cells is not null ? Cell(path) : Find(path) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value => value.GetRawText(),
        _ => null,
    };

    /// <summary>A member's whole number; null when it is none.</summary>
    public long? Number(string path) => long.TryParse(Text(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Whether there is a member.</summary>
    public bool Has(string path) => _cells?.ContainsKey(path) ?? Find(path) is not null;

    private string? Cell(string path) => _cells!.GetValueOrDefault(path) is { } cell && (_isTyped || cell is not ("" or "\\N")) ? cell : null;

    private JsonElement? Find(string path)
    {
        // A name may have dots itself.
        if (_json.TryGetProperty(path, out var whole))
        {
            return whole;
        }

        var at = _json;
        foreach (var name in path.Split('.'))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return null;
            }
        }

        return at;
    }
}
