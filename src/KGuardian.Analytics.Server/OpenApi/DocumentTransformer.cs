using System.Reflection;
using KGuardian.Analytics.Server.Http.Operations;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary>What the document says of all routes: about the program, families, schemas, the token.</summary>
internal sealed class DocumentTransformer(ApiComponents components, EndpointDataSource endpoints) : IOpenApiDocumentTransformer
{
    /// <summary>Name of the security scheme.</summary>
    public const string Bearer = "bearer";

    /// <summary>Writes the document's own part.</summary>
    /// <exception cref="InvalidOperationException">A route that is mapped is not in it.</exception>
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "KGuardian.Analytics",
            Version = typeof(DocumentTransformer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
            Description = "A columnar store for Kubernetes pod traffic. Every route that answers GET answers HEAD, too.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.Tags = new HashSet<OpenApiTag>(ApiFamily.All.Select(family => new OpenApiTag { Name = family.Name, Description = family.Text }));
        document.Components = new OpenApiComponents
        {
            Schemas = components.Schemas,
            SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A token of the server's, or a JWT of its OIDC issuer, with the role that the route names; "
                        + "not needed on a server without both.",
                },
            },
        };
        RequireAll(document.Paths);
        var paths = new OpenApiPaths();
        foreach (var (path, item) in document.Paths.OrderBy(path => path.Key, StringComparer.Ordinal))
        {
            paths.Add(path, item);
        }

        document.Paths = paths;
        return Task.CompletedTask;
    }

    /// <summary>The framework passes over routes whose handler it cannot describe: none may be missing.</summary>
    private void RequireAll(OpenApiPaths paths)
    {
        foreach (var route in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            var path = "/" + route.RoutePattern.RawText!.Trim('/');
            foreach (var method in route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Where(method => !HttpMethods.IsHead(method)))
            {
                if (!paths.TryGetValue(path, out var item) || item.Operations?.ContainsKey(HttpMethod.Parse(method)) != true)
                {
                    throw new InvalidOperationException($"{method} {path} is not in the document: its handler must be a delegate that is no RequestDelegate");
                }
            }
        }
    }
}
