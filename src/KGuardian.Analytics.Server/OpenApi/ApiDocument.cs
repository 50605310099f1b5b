using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary>The OpenAPI 3.1 document of everything that is mapped, as it is served: written once, and again for clients that see the routes under a prefix.</summary>
internal sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider documents)
{
    /// <summary>The name under which the framework knows it.</summary>
    private const string Name = "v1";

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
        using var json = new StringWriter(CultureInfo.InvariantCulture);
        document.SerializeAs(OpenApiSpecVersion.OpenApi3_1, new OpenApiJsonWriter(json, new OpenApiJsonWriterSettings { Terse = true }));
        return Encoding.UTF8.GetBytes(json.ToString());
    }
}
