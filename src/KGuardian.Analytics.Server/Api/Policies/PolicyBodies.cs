using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>Reads policies that requests bring.</summary>
internal static class PolicyBodies
{
    /// <summary>Bytes of the largest body: two sets of documents, and what is around them.</summary>
    public const int MostBytes = (4 * DocumentReader.MaxBytes) + (64 << 10);

    private const string Allowed = "multipart/form-data with the parts before and after, each YAML or JSON, or a JSON object of the two";

    /// <summary>The policies of a body, YAML or JSON whatever its type says. There has to be one.</summary>
    /// <exception cref="PolicyDocumentException">They are not what they have to be.</exception>
    /// <exception cref="BodyTooLargeException">There are too many.</exception>
    public static async Task<PolicySet> ReadAsync(HttpRequest request, string? defaultNamespace)
    {
        var set = PolicySetReader.Read(await BytesAsync(request, DocumentReader.MaxBytes), defaultNamespace);
        return set.Policies.Count > 0 ? set : throw new PolicyDocumentException("documents", 1, "there is no NetworkPolicy among them");
    }

    /// <summary>The policies of a body; null when it is empty, or of blanks.</summary>
    /// <exception cref="PolicyDocumentException">They are not what they have to be.</exception>
    /// <exception cref="BodyTooLargeException">There are too many.</exception>
    public static async Task<PolicySet?> ReadOptionalAsync(HttpRequest request, string? defaultNamespace)
    {
        var bytes = await BytesAsync(request, DocumentReader.MaxBytes);
        return bytes.AsSpan().TrimStart(" \t\r\n"u8).IsEmpty ? null : PolicySetReader.Read(bytes, defaultNamespace);
    }

    /// <summary>The two sets of a body; one that is empty, or not there, is no policies.</summary>
    /// <exception cref="PolicyDocumentException">They are not what they have to be.</exception>
    /// <exception cref="ParameterException">The body is of another form.</exception>
    public static async Task<(PolicySet Before, PolicySet After)> ReadTwoAsync(HttpRequest request, string? defaultNamespace)
    {
        var (before, after) = request.HasFormContentType ? await FormAsync(request) : Json(await BytesAsync(request, MostBytes));
        return (Read("before", before, defaultNamespace), Read("after", after, defaultNamespace));
    }

    private static PolicySet Read(string part, byte[] bytes, string? defaultNamespace)
    {
        try
        {
            return PolicySetReader.Read(bytes, defaultNamespace);
        }
        catch (PolicyDocumentException e)
        {
            throw new PolicyDocumentException($"{part}.{e.Field}", e.Line, e.Problem);
        }
    }

    private static async Task<byte[]> BytesAsync(HttpRequest request, int most)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 << 10];
        try
        {
            while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) is > 0 and var read)
            {
                bytes.Write(buffer, 0, read);
                if (bytes.Length > most)
                {
                    throw new BodyTooLargeException(most);
                }
            }
        }
        catch (Exception e) when (JsonBodies.IsDamage(e, request.HttpContext))
        {
            throw JsonBodies.Damaged(e);
        }

        return bytes.ToArray();
    }

    private static async Task<(byte[] Before, byte[] After)> FormAsync(HttpRequest request)
    {
        try
        {
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            var other = form.Keys.Concat(form.Files.Select(file => file.Name)).FirstOrDefault(name => name is not ("before" or "after"));
            return other is null ? (await PartAsync(form, "before"), await PartAsync(form, "after"))
                : throw new ParameterException(other, null, "is no part of the body", Allowed);
        }
        catch (Exception e) when (e is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            throw new ParameterException("body", null, $"cannot be read: {e.Message.TrimEnd('.')}", Allowed);
        }
    }

    private static async Task<byte[]> PartAsync(IFormCollection form, string name)
    {
        if (form.Files.GetFile(name) is not { } file)
        {
            return Encoding.UTF8.GetBytes(form[name].ToString());
        }

        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static (byte[] Before, byte[] After) Json(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ParameterException("body", null, "is no object", Allowed);
            }

            var other = document.RootElement.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => name is not ("before" or "after"));
            return other is null ? (Part(document.RootElement, "before"), Part(document.RootElement, "after"))
                : throw new ParameterException(other, null, "is no member of the body", Allowed);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ParameterException("body", null, $"is not JSON: {e.Message.TrimEnd('.')}", Allowed);
        }
    }

    private static byte[] Part(JsonElement root, string name) => !root.TryGetProperty(name, out var part) ? [] : part.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.String => Encoding.UTF8.GetBytes(part.GetString()!),
        JsonValueKind.Object => Encoding.UTF8.GetBytes(part.GetRawText()),
        JsonValueKind.Array => Encoding.UTF8.GetBytes($$"""{"apiVersion": "v1", "kind": "List", "items": {{part.GetRawText()}}}"""),
        _ => throw new ParameterException(name, part.GetRawText(), "is no policy", "a text of YAML, an object, or a list of objects"),
    };
}
