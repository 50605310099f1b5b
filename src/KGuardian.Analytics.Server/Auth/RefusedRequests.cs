using KGuardian.Analytics.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>
/// Answers requests that may not do what they ask, in the style of their route, and counts them: 401 for nobody, 403 for somebody else's role.
/// </summary>
internal sealed class RefusedRequests(RefusedTokens refused) : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        if (Principal.Known(context) is not { } principal)
        {
            if (context.Features.Get<UndecidedToken>() is { } undecided)
            {
                refused.AddUndecided();
                return Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The token cannot be checked now", undecided.Reason);
            }

            refused.Add(context, StatusCodes.Status401Unauthorized, principal: null);
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A token is needed",
                "Send the header 'Authorization: Bearer <token>' with a token of this server's.");
        }

        refused.Add(context, StatusCodes.Status403Forbidden, principal);
        var needed = RolePolicies.NeededRole(context.GetEndpoint()?.Metadata ?? EndpointMetadataCollection.Empty);
        return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "The token does not have the role",
            $"{context.Request.Method} {context.Request.Path} needs the role '{Principal.RoleText(needed)}'; "
            + $"this token has '{Principal.RoleText(principal.Roles)}'.");
    }
}
