using System.Text.Json;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>
/// Members of a JSON object, each of a name that is known and there once. What is wrong is an <see cref="ExportException"/>; null is as left out.
/// </summary>
internal sealed class DocumentMembers
{
    private readonly Dictionary<string, JsonElement> _members = [];
    private readonly string _path;

    /// <summary>Reads an object.</summary>
    /// <param name="document">The object.</param>
    /// <param name="path">What its members' names begin with in errors: empty, or ends in a dot.</param>
    /// <param name="known">Names that it may have.</param>
    /// <exception cref="ExportException">It is none, or has other members.</exception>
    public DocumentMembers(JsonElement document, string path, string[] known)
    {
        _path = path;
        if (document.ValueKind != JsonValueKind.Object)
        {
            throw new ExportException(path.Length == 0 ? "body" : path[..^1], null, "is no object", $"an object of {string.Join(", ", known)}");
        }

        foreach (var member in document.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                var nearest = NearestName.Of(member.Name, known) is { } name ? $", did you mean {name}?" : "";
                throw new ExportException(path + member.Name, null, $"is no member{nearest}", string.Join(", ", known));
            }

            if (!_members.TryAdd(member.Name, member.Value))
            {
                throw new ExportException(path + member.Name, null, "is there twice", "each member once");
            }
        }
    }

    /// <summary>The error of a member that must be there.</summary>
    public static ExportException Missing(string name, string allowed) => new(name, null, "is missing", allowed);

    /// <summary>A text; null when it is left out.</summary>
    public string? Text(string name, int least, int most, bool takesLines = false)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null && text.Length <= most && (least == 0 || text.Trim().Length >= least) && (takesLines || !text.Any(char.IsControl)) ? text
            : throw Wrong(name, value, $"a text of {least} to {most} characters{(takesLines ? "" : " without control characters")}");
    }

    /// <summary>One of some words; null when it is left out.</summary>
    public string? Word(string name, IReadOnlyList<string> words) =>
        !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()) ? value.GetString()
        : throw Wrong(name, value, string.Join(", ", words));

    /// <summary>A flag; null when it is left out.</summary>
    public bool? Flag(string name) =>
        !TryGet(name, out var value) ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(name, value, "true or false");

    /// <summary>A whole number; null when it is left out.</summary>
    public long? Integer(string name, long least, long most) =>
        !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most ? number
        : throw Wrong(name, value, $"a whole number from {least} to {most}");

    /// <summary>Texts; null when they are left out.</summary>
    public IReadOnlyList<string>? Texts(string name) =>
        !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(one => one.GetString()!)]
        : throw Wrong(name, value, "a list of texts");

    /// <summary>An object; null when it is left out.</summary>
    public DocumentMembers? Object(string name, string allowed, params string[] known) =>
        !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Object ? new DocumentMembers(value, $"{_path}{name}.", known)
        : throw Wrong(name, value, allowed);

    private bool TryGet(string name, out JsonElement value) => _members.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null;

    private ExportException Wrong(string name, JsonElement value, string allowed) => new(_path + name, value.GetRawText(), "cannot be taken", allowed);
}
