using System.Text.Json;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// The body of a small order: a JSON object whose fields are known and are there once. Whatever is wrong with it is a 400 that names the field and what is
/// allowed. A body over the limit of Kestrel, or one that unpacks to more, is 413 before.
/// </summary>
internal sealed class JsonBody
{
    private readonly Dictionary<string, JsonElement> _fields = [];
    private readonly string _allowed;

    private JsonBody(JsonElement root, string allowed, string[] known)
    {
        _allowed = allowed;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ParameterException("body", null, "is no object", allowed);
        }

        foreach (var field in root.EnumerateObject())
        {
            // Values are not told: what has a wrong name may be a secret.
            if (!known.Contains(field.Name))
            {
                throw new ParameterException(field.Name, null, "is no field of the body", allowed);
            }

            if (!_fields.TryAdd(field.Name, field.Value))
            {
                throw new ParameterException(field.Name, null, "is there twice", allowed);
            }
        }
    }

    /// <summary>Reads a request's body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="example">A body that is taken, or several.</param>
    /// <param name="known">Names of its fields.</param>
    /// <exception cref="ParameterException">It is no JSON, no object, or has another field.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, or did not come whole.</exception>
    public static async Task<JsonBody> ReadAsync(HttpRequest request, string example, params string[] known)
    {
        var allowed = $"application/json such as {example}";
        try
        {
            return new JsonBody(await ParseAsync(request, example), allowed, known);
        }
        catch (InvalidOperationException e)
        {
            // A name that is no text, such as "\ud800".
            throw new ParameterException("body", null, $"is not JSON: {e.Message.TrimEnd('.')}", allowed);
        }
    }

    /// <summary>Reads a request's body as it is, whatever JSON it is.</summary>
    /// <param name="request">The request.</param>
    /// <param name="example">A body that is taken, or several.</param>
    /// <exception cref="ParameterException">It is no JSON.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, or did not come whole.</exception>
    public static async Task<JsonElement> ParseAsync(HttpRequest request, string example)
    {
        var allowed = $"application/json such as {example}";
        if (!request.HasJsonContentType())
        {
            throw new ParameterException("body", request.ContentType, "is not JSON", allowed);
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or (IOException and not BadHttpRequestException))
        {
            // Not only JSON's: a packed body that is damaged, and a chunk's size beyond 64 bits.
            throw new ParameterException("body", null, $"is not JSON: {e.Message.TrimEnd('.')}", allowed);
        }
    }

    /// <summary>A whole number, which must be there.</summary>
    /// <exception cref="ParameterException">It is not, is none, or is out of bounds.</exception>
    public int Integer(string name, int least, int most)
    {
        if (!_fields.TryGetValue(name, out var value))
        {
            throw new ParameterException(name, null, "is missing", $"{least} to {most}, in {_allowed}");
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw new ParameterException(name, value.GetRawText(), "is not a whole number in bounds", $"{least} to {most}");
    }

    /// <summary>Whether a flag is there and true.</summary>
    /// <exception cref="ParameterException">It is something else than true or false.</exception>
    public bool Flag(string name) => _fields.TryGetValue(name, out var value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new ParameterException(name, null, "is neither true nor false", _allowed),
    };

    /// <summary>A text; null when it is not there.</summary>
    /// <exception cref="ParameterException">It is something else than a text.</exception>
    public string? Text(string name)
    {
        if (!_fields.TryGetValue(name, out var value))
        {
            return null;
        }

        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new ParameterException(name, null, "is no text", _allowed);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, such as "\ud800".
            throw new ParameterException(name, null, "is no text", _allowed);
        }
    }
}
