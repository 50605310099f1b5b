namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// HEAD wherever GET is (RFC 9110, 9.1): the same handler, so the same status and headers; Kestrel sends no body. What streams asks
/// <see cref="IsHead"/> and stops at the head.
/// </summary>
internal static class HeadRequests
{
    /// <summary>Every route of the group that answers GET answers HEAD, too.</summary>
    public static RouteGroupBuilder AnswersHead(this RouteGroupBuilder routes)
    {
        ((IEndpointConventionBuilder)routes).Finally(route =>
        {
            for (var i = 0; i < route.Metadata.Count; i++)
            {
                if (route.Metadata[i] is HttpMethodMetadata { HttpMethods: var methods }
                    && methods.Contains(HttpMethods.Get) && !methods.Contains(HttpMethods.Head))
                {
                    route.Metadata[i] = new HttpMethodMetadata([.. methods, HttpMethods.Head]);
                }
            }
        });
        return routes;
    }

    /// <summary>Whether only the head of the answer is wanted.</summary>
    public static bool IsHead(this HttpContext context) => HttpMethods.IsHead(context.Request.Method);
}
