using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Inventory.Parsing;

/// <summary>
/// A JSON object of an agent's, member by member: unknown members are ignored, of one that comes twice the last counts. Every method throws
/// <see cref="SpecException"/> for what is not as it has to be.
/// </summary>
internal readonly struct SpecDocument
{
    /// <summary>Characters of a text; names of Kubernetes have 253 at most.</summary>
    private const int LongestText = 1024;

    /// <summary>Manifests have a tenth of it.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    private readonly JsonElement _element;

    public SpecDocument(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new SpecException("body", $"is no object but {Kind(element)}", "an object");
        }

        _element = element;
    }

    /// <summary>Reads a body as JSON.</summary>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        // The parser looks at no text before it is asked for it, and what is copied never is.
        if (!Utf8.IsValid(body.Span))
        {
            throw new SpecException("body", "is not UTF-8", "JSON in UTF-8");
        }

        try
        {
            return JsonDocument.Parse(body, Options);
        }
        catch (JsonException e)
        {
            throw new SpecException("body", $"is not JSON: {e.Message.TrimEnd('.')}", $"JSON of no more than {Options.MaxDepth} levels");
        }
    }

    /// <summary>A member's value; null when it is null, or not there.</summary>
    public JsonElement? Member(string name)
    {
        try
        {
            return _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
        }
        catch (InvalidOperationException)
        {
            // One of the names.
            throw NoText("body");
        }
    }

    /// <summary>A text that may be left out.</summary>
    public string? Text(string name)
    {
        if (Member(name) is not { } value)
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String
            ? TextOf(name, value) : throw new SpecException(name, $"is no text but {Kind(value)}", "a text, or null");
        return text.Length <= LongestText
            ? text : throw new SpecException(name, $"has {text.Length} characters", $"{LongestText} characters at most");
    }

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name) => Text(name) ?? throw new SpecException(name, "is missing", "a text");

    /// <summary>A flag that may be left out.</summary>
    public bool? Flag(string name) => Member(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new SpecException(name, $"is {Kind(value)}", "true or false"),
    };

    /// <summary>A flag that must be there.</summary>
    public bool RequiredFlag(string name) => Flag(name) ?? throw new SpecException(name, "is missing", "true or false");

    /// <summary>
    /// A time that must be there, in microseconds since 1970; one that says of itself that it is not known is <paramref name="now"/>.
    /// </summary>
    public long RequiredTime(string name, long now) =>
        !TimestampText.TryParse(Encoding.UTF8.GetBytes(RequiredText(name)), out var micros)
            ? throw new SpecException(name, "is no time", "one from 1900 to 2299, such as 2026-05-12T10:32:14.123456")
        : micros == TimestampText.Unknown ? now
        : micros;

    /// <summary>What a value is, in words.</summary>
    internal static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    /// <summary>The text of a value that is one.</summary>
    internal static string TextOf(string name, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw NoText(name);
        }
    }

    /// <summary>Half of a surrogate pair, such as "\ud800", is in no text of UTF-8.</summary>
    internal static SpecException NoText(string name) => new(name, "has half of a surrogate pair", "texts of whole characters");
}
