using System.Text.Json.Nodes;

namespace KGuardian.Analytics.Server.Http.Parameters;

/// <summary>A parameter of a route, as it is documented. Its values are checked where the route reads it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">What it is.</param>
/// <param name="Schema">What its values look like, as JSON Schema.</param>
/// <param name="Example">A value that is taken; null for those that only an answer can give.</param>
internal sealed record ApiParameter(string Name, string Text, JsonObject Schema, string? Example)
{
    /// <summary>Enough for any value but a filter's.</summary>
    private const int LongestValue = 1024;

    /// <summary>Whether it is part of the path.</summary>
    public bool IsPath { get; init; }

    public static ApiParameter Integer(string name, string text, long least, long most, long? fallback, long example)
    {
        var schema = new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most };
        if (fallback is { } value)
            schema["default"] = value;
        return new(name, text, schema, example.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>One of some words, the first of which is the default.</summary>
    public static ApiParameter Word(string name, string text, params string[] words) =>
        new(name, text, new JsonObject { ["type"] = "string", ["enum"] = Array(words), ["default"] = words[0] }, words[0]);

    /// <summary>One of some words, or none.</summary>
    public static ApiParameter Choice(string name, string text, params string[] words) =>
        new(name, text, new JsonObject { ["type"] = "string", ["enum"] = Array(words) }, words[0]);

    public static ApiParameter Free(string name, string text, string? example, string? fallback = null, int longest = LongestValue)
    {
        var schema = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = longest };
        if (fallback is not null)
            schema["default"] = fallback;
        return new(name, text, schema, example);
    }

    /// <summary>Different words, separated by commas.</summary>
    public static ApiParameter List(string name, string text, IEnumerable<string> words, int most, string example) =>
        new(name, text, new JsonObject
        {
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = "string", ["enum"] = Array(words) },
            ["minItems"] = 1,
            ["maxItems"] = most,
            ["uniqueItems"] = true,
        }, example);

    /// <summary>As OpenAPI writes it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name, ["in"] = IsPath ? "path" : "query", ["description"] = Text, ["schema"] = Schema.DeepClone() };
        if (IsPath)
            json["required"] = true;
        var isList = (string?)Schema["type"] == "array";
        if (isList)
            json["explode"] = false;
        if (Example is not null)
            json["example"] = isList ? Array(Example.Split(','))
                : (string?)Schema["type"] == "integer" ? long.Parse(Example, System.Globalization.CultureInfo.InvariantCulture) : Example;
        return json;
    }

    private static JsonArray Array(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word)];
}
