using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using Microsoft.AspNetCore.RateLimiting;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary>
/// The OpenAPI 3.1 document of everything that is mapped. Routes read the request by hand, so all that ASP.NET's generator could find out by itself
/// is path and method; the rest would go through its object model instead of these JSON nodes.
/// </summary>
internal sealed class OpenApiDocument(EndpointDataSource endpoints)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<byte[]> _json = new(() => Write(endpoints, ""));

    /// <summary>The document, for clients that see the routes under a prefix, or an empty one.</summary>
    public ReadOnlyMemory<byte> Json(string prefix) => prefix.Length == 0 ? _json.Value : Write(endpoints, prefix);

    private static byte[] Write(EndpointDataSource endpoints, string prefix) => JsonSerializer.SerializeToUtf8Bytes(Build(endpoints, prefix), Plain);

    /// <summary>A file that is part of the program.</summary>
    public static Stream Open(string file) =>
        typeof(OpenApiDocument).Assembly.GetManifestResourceStream($"KGuardian.Analytics.Server.OpenApi.{file}")!;

    private static JsonObject Build(EndpointDataSource endpoints, string prefix)
    {
        using var file = Open("components.json");
        var components = JsonNode.Parse(file)!.AsObject();
        components["securitySchemes"] = new JsonObject
        {
            ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A token with the role that the route names; not needed on a server without tokens." },
        };
        var paths = new JsonObject();
        foreach (var route in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            var path = Path(route);
            if (paths[path] is not JsonObject item)
                paths[path] = item = [];
            // HEAD is wherever GET is: said once, in the description.
            foreach (var method in route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Where(method => !HttpMethods.IsHead(method)))
                item[method.ToLowerInvariant()] = Operation(route, method, components["schemas"]!.AsObject());
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "KGuardian.Analytics",
                ["version"] = typeof(OpenApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
                ["description"] = "A columnar store for Kubernetes pod traffic. Every route that answers GET answers HEAD, too.",
                ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = prefix.Length == 0 ? "/" : prefix }),
            ["tags"] = new JsonArray([.. ApiFamily.All.Select(family => (JsonNode)new JsonObject { ["name"] = family.Name, ["description"] = family.Text })]),
            ["paths"] = new JsonObject(paths.OrderBy(path => path.Key, StringComparer.Ordinal).Select(path => KeyValuePair.Create(path.Key, path.Value?.DeepClone()))),
            ["components"] = components,
        };
    }

    private static string Path(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.Trim('/');

    private static JsonObject Operation(RouteEndpoint route, string method, JsonObject schemas)
    {
        var operation = route.Metadata.GetMetadata<ApiOperation>()
            ?? throw new InvalidOperationException($"{method} {Path(route)} is not documented: say .Documented(...) where it is mapped");
        var role = route.Metadata.GetMetadata<RequiredRole>()?.Role ?? TokenRole.Admin;
        var needs = role == TokenRole.None ? "Open to everybody." : $"Needs a token with the role {Principal.RoleText(role)}.";
        var json = new JsonObject
        {
            ["tags"] = new JsonArray(operation.Family.Name),
            ["summary"] = operation.Summary,
            ["description"] = operation.Text is null ? needs : $"{operation.Text} {needs}",
            ["operationId"] = method.ToLowerInvariant() + string.Concat(Path(route).Split('/', '-', '.', '{', '}').Select(Capital)),
            ["security"] = role == TokenRole.None ? [] : new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
        };
        if (operation.Parameters.Count > 0)
            json["parameters"] = new JsonArray([.. operation.Parameters.Select(Parameter)]);
        if (operation.Body is { } body)
            json["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { ["application/json"] = Content(body, schemas) } };
        if (operation.IgnoresOthers)
            json["x-ignores-other-parameters"] = true;
        var answers = new JsonObject();
        foreach (var answer in operation.Answers.Concat(Errors(operation, role, route)).OrderBy(answer => answer.Status))
            Add(answers, answer, schemas);
        json["responses"] = answers;
        return json;
    }

    private static JsonNode Parameter(ApiParameter parameter)
    {
        var json = new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = parameter.IsPath ? "path" : "query",
            ["description"] = parameter.Text,
            ["schema"] = parameter.Schema.DeepClone(),
        };
        if (parameter.IsPath)
            json["required"] = true;
        // Lists have commas.
        if ((string?)parameter.Schema["type"] == "array")
            json["explode"] = false;
        if (parameter.Example is { } example)
            json["example"] = example.DeepClone();
        return json;
    }

    private static IEnumerable<ApiAnswer> Errors(ApiOperation operation, TokenRole role, RouteEndpoint route)
    {
        if (operation.Parameters.Count > 0 || operation.Body is not null || !operation.IgnoresOthers)
            yield return Error(StatusCodes.Status400BadRequest, "A parameter or the body cannot be taken; the text names it, its value and what is allowed.");
        if (operation.Body is not null)
            yield return Error(StatusCodes.Status415UnsupportedMediaType, "Its Content-Encoding is not known; Accept-Encoding says which are.");
        if (role == TokenRole.None)
            yield break;
        yield return Error(StatusCodes.Status401Unauthorized, "A token is needed.");
        yield return Error(StatusCodes.Status403Forbidden, "The token does not have the role.");
        if (route.Metadata.GetMetadata<EnableRateLimitingAttribute>() is not null)
        {
            yield return Error(StatusCodes.Status422UnprocessableEntity, "The query needs more time or memory than a setting allows, which the text names.");
            yield return Error(StatusCodes.Status429TooManyRequests, "This client has too many queries at once, and waited for Query:QueueTime; Retry-After says when to come again.");
        }

        yield return Error(StatusCodes.Status503ServiceUnavailable, "ClickHouse is away, or the server is not ready; Retry-After says when to come again.");

        ApiAnswer Error(int status, string text) => ApiAnswer.Error(operation.Family, status, text);
    }

    private static void Add(JsonObject answers, ApiAnswer answer, JsonObject schemas)
    {
        var status = answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (answers[status] is not JsonObject known)
            answers[status] = known = new JsonObject { ["description"] = answer.Text ?? "The answer.", ["content"] = new JsonObject() };
        known["content"]![answer.MediaType] = answer.Schema is null ? new JsonObject() : Content(answer.Schema, schemas);
    }

    private static JsonObject Content(string schema, JsonObject schemas)
    {
        var content = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" } };
        if (schemas[schema]?["examples"]?[0] is { } example)
            content["example"] = example.DeepClone();
        return content;
    }

    private static string Capital(string word) => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..];
}
