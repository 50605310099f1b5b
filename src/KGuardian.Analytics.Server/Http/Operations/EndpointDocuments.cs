namespace KGuardian.Analytics.Server.Http.Operations;

/// <summary>Says what a route is, where the route is mapped.</summary>
internal static class EndpointDocuments
{
    /// <summary>The route is documented so, and takes these query parameters and no others.</summary>
    public static TBuilder Documented<TBuilder>(this TBuilder route, ApiOperation operation)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(operation);

    /// <summary>Names of the query parameters of a request's route.</summary>
    public static string[] QueryNames(this HttpContext context) => context.GetEndpoint()!.Metadata.GetRequiredMetadata<ApiOperation>().QueryNames;
}
