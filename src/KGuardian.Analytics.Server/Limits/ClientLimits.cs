using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Server.Auth;

namespace KGuardian.Analytics.Server.Limits;

/// <summary>
/// Limits of the queries that one client runs at once, by kind: rows that a slow reader takes an hour for must not keep its aggregates waiting.
/// A client is a token; without tokens it is an address, as trusted proxies tell it, or of IPv6 the network of 64 bits that every host has for itself.
/// </summary>
internal static class ClientLimits
{
    /// <summary>Routes that count.</summary>
    public const string Aggregates = "aggregates";

    /// <summary>Routes that send rows.</summary>
    public const string Rows = "rows";

    /// <summary>Limits the route's queries per client, together with those of the other routes of its kind.</summary>
    public static TBuilder LimitedPerClient<TBuilder>(this TBuilder route, string kind)
        where TBuilder : IEndpointConventionBuilder => route.RequireRateLimiting(kind);

    public static void AddClientLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(limiter => limiter.AddPolicy<string, ClientPolicy>(Aggregates).AddPolicy<string, ClientPolicy>(Rows));
    }

    /// <summary>Whose limits count for a request.</summary>
    public static string ClientOf(HttpContext context) =>
        Principal.Known(context)?.Name ?? (context.Connection.RemoteIpAddress is { } address ? Network(address) : "");

    private static string Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }
}
