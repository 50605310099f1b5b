using System.Text.Json.Serialization;
using KGuardian.Analytics.Server.Http.Operations;
using Microsoft.AspNetCore.WebUtilities;

namespace KGuardian.Analytics.Server.Http;

/// <summary>Answers errors in the style of their route's family: RFC 9457 problem documents unless its contract has another.</summary>
internal static class Problems
{
    /// <summary>Writes a problem; when the answer has begun already, breaks the connection instead: a cut document must not look whole.</summary>
    public static async Task WriteAsync(
        HttpContext context, int status, string title, string detail, IDictionary<string, object?>? extensions = null)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        context.Response.StatusCode = status;
        // Without a token of ours: then a client that has left is no exception, which would leave the handlers of others.
        await (ApiFamily.Of(context)?.Errors switch
        {
            ErrorStyle.StatusMessage => WriteStatusAsync(context, status, detail, extensions),
            ErrorStyle.ErrorText => context.Response.WriteAsJsonAsync(new { error = detail }),
            ErrorStyle.ErrorCode => context.Response.WriteAsJsonAsync(new { error = new { code = CodeOf(status), message = detail } }),
            ErrorStyle.Sentence => WriteSentenceAsync(context.Response, detail),
            ErrorStyle.MessageAndCode => context.Response.WriteAsJsonAsync(new { message = detail, code = status }),
            _ => TypedResults.Problem(detail, statusCode: status, title: title, extensions: extensions).ExecuteAsync(context),
        });
    }

    /// <summary>A status as gRPC calls it, in small letters.</summary>
    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "unauthenticated",
        StatusCodes.Status403Forbidden => "permission_denied",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status409Conflict => "already_exists",
        StatusCodes.Status422UnprocessableEntity => "invalid_argument",
        StatusCodes.Status429TooManyRequests => "resource_exhausted",
        StatusCodes.Status503ServiceUnavailable => "unavailable",
        StatusCodes.Status504GatewayTimeout => "deadline_exceeded",
        _ => "internal",
    };

    private static Task WriteStatusAsync(HttpContext context, int status, string detail, IDictionary<string, object?>? extensions)
    {
        // A parameter, or the path of a member within a document.
        var parameter = extensions?.TryGetValue("parameter", out var name) == true || extensions?.TryGetValue("field", out name) == true ? name : null;
        return context.Response.WriteAsJsonAsync(new StatusMessage(
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), status, ReasonPhrases.GetReasonPhrase(status), detail, context.Request.Path.Value ?? "",
            parameter is null ? null : [new StatusDetail($"{parameter}", detail)]));
    }

    private static Task WriteSentenceAsync(HttpResponse response, string sentence)
    {
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(sentence);
    }
}

/// <summary>An error as the clients of topology, network security, events and forwarding read it.</summary>
internal sealed record StatusMessage(
    long Timestamp, int Status, string Error, string Message, string Path,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<StatusDetail>? Details);

/// <summary>The parameter or field at fault.</summary>
internal sealed record StatusDetail(string Field, string Message);

/// <summary>What to tell about an answer that routing itself gave.</summary>
internal static class StatusText
{
    public static string Of(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => $"There is no route {context.Request.Path}.",
        StatusCodes.Status405MethodNotAllowed =>
            $"{context.Request.Path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.",
        _ => "See the status.",
    };
}
