using System.Text.Json.Nodes;

namespace KGuardian.Analytics.Server.Http.Parameters;

/// <summary>
/// A parameter of a route, declared once: what binds and checks the text that a request brings is what the document says. Declarations are made by
/// <see cref="Parameter"/> and listed by the route's operation.
/// </summary>
/// <param name="name">Its name, as requests write it.</param>
/// <param name="text">What it is, for the document.</param>
/// <param name="schema">What its values look like, as JSON Schema.</param>
internal abstract class ApiParameter(string name, string text, JsonObject schema)
{
    /// <summary>Characters that are enough for every value but a filter's and a cursor's.</summary>
    public const int LongestText = 1024;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>What it is.</summary>
    public string Text => text;

    /// <summary>What its values look like.</summary>
    public JsonObject Schema => schema;

    /// <summary>A value that is taken; null for those that only an answer can give.</summary>
    public JsonNode? Example { get; init; }

    /// <summary>Whether it is part of the path.</summary>
    public bool IsPath { get; init; }

    /// <summary>Whether requests are to bring it, as the document says; who binds it says what is missing.</summary>
    public bool IsRequired { get; private protected set; }

    /// <summary>Whether a value without a character is one.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>Characters of the longest value.</summary>
    public int Longest { get; init; } = LongestText;

    /// <summary>The text that counts when none is given; null when there is no such text.</summary>
    public string? Fallback { get; init; }

    /// <summary>What operations list: this, or the declaration that this is a narrower reading of.</summary>
    public ApiParameter Listed => Origin ?? this;

    /// <summary>The declaration that this is a narrower reading of.</summary>
    protected ApiParameter? Origin { get; init; }
}

/// <summary>A parameter whose text means the same at any time.</summary>
/// <typeparam name="T">What it means.</typeparam>
/// <param name="name">Its name.</param>
/// <param name="text">What it is.</param>
/// <param name="schema">What its values look like.</param>
/// <param name="read">Reads a text; throws <see cref="ParameterException"/> for one that is not taken.</param>
/// <param name="absent">What it means to be left out.</param>
internal class ApiParameter<T>(string name, string text, JsonObject schema, Func<string, T> read, T absent) : ApiParameter(name, text, schema)
{
    /// <summary>What a text means; null is one that was not given.</summary>
    /// <exception cref="ParameterException">It is not taken.</exception>
    public T Read(string? given) => given is null ? absent : read(given);

    /// <summary>This one, documented as one that requests bring; for declarations.</summary>
    public ApiParameter<T> Required()
    {
        IsRequired = true;
        return this;
    }
}
