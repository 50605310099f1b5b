using System.Net;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>Networks whose clients a route answers without a token; endpoint metadata of the routes that do.</summary>
/// <param name="Networks">The networks; none by default.</param>
internal sealed record AnonymousNetworks(IReadOnlyList<IPNetwork> Networks)
{
    /// <summary>Whether a request comes from one of those that its route is open to.</summary>
    public static bool LetIn(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<AnonymousNetworks>() is { } open
        && context.Connection.RemoteIpAddress is { } address && open.Networks.Any(network => network.Contains(address));
}
