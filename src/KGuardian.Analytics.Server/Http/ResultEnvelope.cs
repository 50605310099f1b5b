namespace KGuardian.Analytics.Server.Http;

/// <summary>The answers of the flow-report family: <c>{"result": …}</c>.</summary>
internal static class ResultEnvelope
{
    /// <summary>Answers with a result.</summary>
    public static Task WriteAsync(HttpContext context, object result) =>
        context.Response.WriteAsJsonAsync(new { result }, SnakeCaseJson.Ascii, context.RequestAborted);

    /// <summary>Answers that something was done.</summary>
    public static Task WriteMessageAsync(HttpContext context, string message) => WriteAsync(context, new { message });
}
