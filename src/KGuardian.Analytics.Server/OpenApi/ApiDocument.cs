using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary>
/// The OpenAPI 3.1 document of everything that is mapped, as it is served: written once, and again for clients that see the routes under a prefix.
/// </summary>
internal sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider documents)
{
    /// <summary>The name under which the framework knows it.</summary>
    private const string Name = "v1";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<Task<byte[]>> _json = new(() => WriteAsync(documents, "/"));

    /// <summary>The document, for clients that see the routes under a prefix, or an empty one.</summary>
    public Task<byte[]> JsonAsync(string prefix) => prefix.Length == 0 ? _json.Value : WriteAsync(documents, prefix);

    /// <summary>Registers what writes it.</summary>
    public static void Register(IServiceCollection services)
    {
        services.AddSingleton<ApiComponents>();
        services.AddSingleton<ApiDocument>();
        services.AddOpenApi(Name, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            // HEAD is wherever GET is: said once, in the description.
            options.ShouldInclude = route => !HttpMethods.IsHead(route.HttpMethod!);
            options.AddOperationTransformer<OperationTransformer>();
            options.AddDocumentTransformer<DocumentTransformer>();
        });
    }

    private static async Task<byte[]> WriteAsync(IOpenApiDocumentProvider documents, string prefix)
    {
        var document = await documents.GetOpenApiDocumentAsync();
        // The framework would name the addresses that this server listens on.
        document.Servers = [new OpenApiServer { Url = prefix }];
        var written = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
        // The library writes for people: half of it is white space.
        return JsonSerializer.SerializeToUtf8Bytes(JsonNode.Parse(written), Plain);
    }
}
