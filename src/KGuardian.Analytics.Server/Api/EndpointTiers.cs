using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Says which tier a route needs, where the route is mapped, and refuses requests that came to a server without it.</summary>
internal static class EndpointTiers
{
    /// <summary>The route is answered by servers that have these tiers; without it, by all.</summary>
    public static TBuilder OnTier<TBuilder>(this TBuilder route, ServerRole tier)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new Metadata(tier));

    /// <summary>Requests for another tier get 421 with the setting's name: not 404, which some routes answer for a pod that is not known.</summary>
    public static void UseTiers(this WebApplication app, ServerRole role) =>
        app.Use((context, next) => context.GetEndpoint()?.Metadata.GetMetadata<Metadata>() is { Tier: var tier } && (role & tier) != tier
            ? Problems.WriteAsync(
                context, StatusCodes.Status421MisdirectedRequest, "Another server answers this",
                $"{context.Request.Method} {context.Request.Path} needs a server with Role = {Text(tier)}; this one has Role = {Text(role)}.",
                new Dictionary<string, object?> { ["role"] = Text(tier) })
            : next(context));

    private static string Text(ServerRole role) => role switch { ServerRole.Ingest => "ingest", ServerRole.Query => "query", _ => "all" };

    private sealed record Metadata(ServerRole Tier);
}
