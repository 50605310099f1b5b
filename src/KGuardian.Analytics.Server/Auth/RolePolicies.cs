using Microsoft.AspNetCore.Authorization;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>A policy for each role, and one for routes that name none: those are for admins.</summary>
internal static class RolePolicies
{
    private static readonly TokenRole[] Roles = [TokenRole.Ingest, TokenRole.Read, TokenRole.Admin];

    /// <summary>Says which role a route needs, where the route is mapped; with <see cref="TokenRole.None"/> it is open to everybody.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder route, TokenRole role)
        where TBuilder : IEndpointConventionBuilder => role == TokenRole.None ? route.AllowAnonymous() : route.RequireAuthorization(Principal.RoleText(role));

    /// <summary>The role that a route needs, by its metadata.</summary>
    public static TokenRole NeededRole(IEnumerable<object> metadata) =>
        metadata.OfType<IAllowAnonymous>().Any() ? TokenRole.None
        : metadata.OfType<IAuthorizeData>().LastOrDefault()?.Policy is { } policy ? Enum.Parse<TokenRole>(policy, ignoreCase: true)
        : TokenRole.Admin;

    /// <summary>Adds the policies.</summary>
    public static void AddRoles(this AuthorizationOptions authorization)
    {
        foreach (var role in Roles.Select(role => Principal.RoleText(role)))
        {
            authorization.AddPolicy(role, policy => policy.RequireAssertion(request =>
                request.User.IsInRole(role) || (request.Resource is HttpContext context && AnonymousNetworks.LetIn(context))));
        }

        authorization.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(FallbackLetsIn).Build();
    }

    /// <summary>
    /// OPTIONS carries no token, be it a preflight or a question for methods. Where there is no route (or none of the method: that is the framework's own
    /// endpoint), whoever is known gets to hear so.
    /// </summary>
    private static bool FallbackLetsIn(AuthorizationHandlerContext request) =>
        request.Resource is HttpContext context
        && (HttpMethods.IsOptions(context.Request.Method)
            || (context.GetEndpoint() is RouteEndpoint
                ? request.User.IsInRole(Principal.RoleText(TokenRole.Admin))
                : request.User.Identity is { IsAuthenticated: true }));
}
