using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Says which role of a server a route needs, where the route is mapped, and refuses requests that came to a server of another.</summary>
internal static class EndpointServerRoles
{
    /// <summary>The route is answered by servers of this role; without it, by all.</summary>
    public static TBuilder OnServer<TBuilder>(this TBuilder route, ServerRole needed)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new Metadata(needed));

    /// <summary>Requests for another server get 421 with the setting's name: not 404, which some routes answer for a pod that is not known.</summary>
    public static void UseServerRoles(this WebApplication app, ServerRole role) =>
        app.Use((context, next) => context.GetEndpoint()?.Metadata.GetMetadata<Metadata>() is { Role: var needed } && (role & needed) != needed
            ? Problems.WriteAsync(
                context, StatusCodes.Status421MisdirectedRequest, "Another server answers this",
                $"{context.Request.Method} {context.Request.Path} needs a server with Role = {Text(needed)}; this one has Role = {Text(role)}.",
                new Dictionary<string, object?> { ["role"] = Text(needed) })
            : next(context));

    private static string Text(ServerRole role) => role switch { ServerRole.Ingest => "ingest", ServerRole.Query => "query", _ => "all" };

    private sealed record Metadata(ServerRole Role);
}
