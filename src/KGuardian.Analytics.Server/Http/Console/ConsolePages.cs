using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Http.Console;

/// <summary>
/// The console: static files below <c>/console/</c>, and <c>/</c> for browsers. No routes, since they are no part of the API: they come before routing, for
/// everybody, as they hold no data. The pages ask the API with the token of whoever signs in.
/// </summary>
internal static class ConsolePages
{
    private const string Root = "/console";
    private const string Index = "index.html";

    /// <summary>Nothing from anywhere else, nothing inline, no frame around it; behind it where pages connect to.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; worker-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'";

    /// <summary>How long what never changes is kept: a year, the longest that caches are told.</summary>
    private const string Forever = "public, max-age=31536000, immutable";

    /// <summary>Serves the console. Of other methods and paths nothing changes.</summary>
    public static void UseConsole(this WebApplication app)
    {
        var files = ConsoleFile.ReadAll();
        var signIn = app.Services.GetRequiredService<ConsoleSignIn>();
        app.Use((context, next) =>
        {
            var request = context.Request;
            return !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) ? next(context)
                // Whoever does not ask for a page keeps the answer of a path that is no route.
                : request.Path == "/" ? IsForPeople(request) ? ToConsole(context) : next(context)
                : !request.Path.StartsWithSegments(Root, StringComparison.Ordinal, out var rest) ? next(context)
                : !rest.HasValue ? ToConsole(context)
                : rest == $"/{ConsoleSignIn.Name}" ? signIn.WriteAsync(context)
                : ServeAsync(context, next, files, signIn, rest.Value![1..]);
        });
    }

    private static bool IsForPeople(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase) && type.Quality is null or > 0);

    /// <summary>A relative address: it is right under any prefix, also one that a proxy takes off without saying so.</summary>
    private static Task ToConsole(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = $"console/{context.Request.QueryString}";
        context.Response.Headers.Vary = HeaderNames.Accept;
        return Task.CompletedTask;
    }

    private static Task ServeAsync(HttpContext context, RequestDelegate next, Dictionary<string, ConsoleFile> files, ConsoleSignIn signIn, string name)
    {
        if (files.Count == 0)
        {
            return Problems.WriteAsync(
                context, StatusCodes.Status404NotFound, "This server has no console",
                "It was built where npm was not found. Build it where Node.js with npm is (see deploy/console.md); the API is complete.");
        }

        // Pages are one level deep: their addresses of files are relative, and right wherever they are seen.
        var file = files.GetValueOrDefault(name.Contains('/', StringComparison.Ordinal) || name.Contains('.', StringComparison.Ordinal) ? name : Index);
        return file is null ? next(context) : SendAsync(context, file, signIn);
    }

    private static async Task SendAsync(HttpContext context, ConsoleFile file, ConsoleSignIn signIn)
    {
        var (request, response) = (context.Request, context.Response);
        var coding = CodingOf(request);
        var tag = file.ETagOf(coding);
        response.Headers.ETag = tag;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        response.Headers.CacheControl = file.IsImmutable ? Forever : "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        // That of the page counts for what its scripts do.
        response.Headers.ContentSecurityPolicy = file.IsImmutable || await signIn.FindOriginAsync(context.RequestAborted) is not { } origin
            ? Policy : $"{Policy} {origin}";
        if (request.Headers.IfNoneMatch.ToString().Contains(tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await using var content = file.Open(coding);
        response.ContentType = file.ContentType;
        if (coding is not null)
        {
            response.Headers.ContentEncoding = coding;
            response.ContentLength = content.Length;
        }

        if (!context.IsHead())
        {
            await content.CopyToAsync(response.Body, context.RequestAborted);
        }
    }

    private static string? CodingOf(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
        {
            return null;
        }

        return Takes(ConsoleFile.Brotli) ? ConsoleFile.Brotli : Takes(ConsoleFile.Gzip) ? ConsoleFile.Gzip : null;

        bool Takes(string coding) =>
            accepted.Any(one => one.Value.Equals(coding, StringComparison.OrdinalIgnoreCase) && one.Quality is null or > 0);
    }
}
