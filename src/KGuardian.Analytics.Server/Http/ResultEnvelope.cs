using System.Text.Json;

namespace KGuardian.Analytics.Server.Http;

/// <summary>The answers of the flow-report family: <c>{"result": …}</c>, and <c>{"error": "…"}</c> for requests that cannot be answered.</summary>
internal static class ResultEnvelope
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Answers with a result.</summary>
    public static Task WriteAsync(HttpContext context, object result) =>
        context.Response.WriteAsJsonAsync(new { result }, SnakeCase, context.RequestAborted);

    /// <summary>Answers that something was done.</summary>
    public static Task WriteMessageAsync(HttpContext context, string message) => WriteAsync(context, new { message });

    /// <summary>Refuses; the text names the parameter at fault.</summary>
    public static Task WriteErrorAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error }, context.RequestAborted);
    }
}
