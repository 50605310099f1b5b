using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary><c>GET /openapi/v1.json</c> and a page to read it at, <c>GET /openapi</c>. They hold no data, so everybody may read them.</summary>
internal static class OpenApiRoutes
{
    private static readonly ApiOperation Document = new(ApiFamily.Operations, "This document, as OpenAPI 3.1")
    {
        IgnoresOthers = true,
        Answers = [ApiResponse.Ok("Document")],
    };

    private static readonly ApiOperation Page = new(ApiFamily.Operations, "This document, for people")
    {
        IgnoresOthers = true,
        Answers = [ApiResponse.Ok(null, "text/html")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/openapi/v1.json", GetDocumentAsync).RequireRole(TokenRole.None).WithOperation(Document);
        // Of a RequestDelegate the framework documents nothing.
        routes.MapGet("/openapi", (Delegate)GetPageAsync).RequireRole(TokenRole.None).WithOperation(Page);
    }

    private static async Task GetDocumentAsync(HttpContext context, ApiDocument document)
    {
        context.Response.ContentType = "application/json";
        await context.Response.BodyWriter.WriteAsync(await document.JsonAsync(context.Request.PathBase.ToUriComponent()), context.RequestAborted);
    }

    private static async Task GetPageAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        // Nothing from anywhere else, whatever a document should say.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
        await using var page = ApiComponents.Open("page.html");
        await page.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
