using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary>What routes of the inventory have in common.</summary>
internal static class SpecRoutes
{
    /// <summary>The route takes what agents send, of the size that they may send.</summary>
    public static RouteHandlerBuilder TakesSpecs(this RouteHandlerBuilder route) =>
        // Ingest:MaxBodyBytes is checked where bodies are read, on what they unpack to.
        route.OnServer(ServerRole.Ingest).RequireRole(TokenRole.Ingest).WithMetadata(new DisableRequestSizeLimitAttribute());

    /// <summary>The route answers from what is known.</summary>
    public static RouteHandlerBuilder ShowsSpecs(this RouteHandlerBuilder route) => route.OnServer(ServerRole.Query).RequireRole(TokenRole.Read);

    /// <summary>Microseconds since 1970.</summary>
    public static long NowMicros(this TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
