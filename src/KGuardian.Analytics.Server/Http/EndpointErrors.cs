using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.Http;

/// <summary>Says how a route's errors are written, where the route is mapped; whatever fails, <see cref="Problems"/> writes it so.</summary>
internal static class EndpointErrors
{
    /// <summary>The route's errors have this style.</summary>
    public static TBuilder AnswersErrorsAs<TBuilder>(this TBuilder route, ErrorStyle style)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new Metadata(style));

    /// <summary>The style of the errors of a request's route.</summary>
    public static ErrorStyle ErrorStyle(this HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Metadata>()?.Style ?? Operations.ErrorStyle.Problem;

    private sealed record Metadata(ErrorStyle Style);
}
