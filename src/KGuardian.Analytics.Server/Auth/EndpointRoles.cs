namespace KGuardian.Analytics.Server.Auth;

/// <summary>Says which role a route needs, where the route is mapped.</summary>
internal static class EndpointRoles
{
    /// <summary>The route needs a token with the role; with <see cref="TokenRole.None"/> it is open to everybody.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder route, TokenRole role)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiredRole(role));

    /// <summary>The role that a request's route needs. A route that was mapped without one is for admins; null: there is no such route.</summary>
    public static TokenRole? NeededRole(this HttpContext context) => context.GetEndpoint() switch
    {
        RouteEndpoint route => route.Metadata.GetMetadata<RequiredRole>()?.Role ?? TokenRole.Admin,
        _ => null,
    };
}
