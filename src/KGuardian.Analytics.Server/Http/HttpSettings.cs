using System.Net;

namespace KGuardian.Analytics.Server.Http;

/// <summary>Settings <c>Http:*</c>: how clients reach this server.</summary>
internal sealed record HttpSettings
{
    /// <summary>
    /// <c>Http:TrustedProxies</c>: addresses and networks of the proxies whose <c>X-Forwarded-For</c>, <c>-Proto</c>, <c>-Host</c> and <c>-Prefix</c>
    /// are believed. Default none: a client could say anything.
    /// </summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary><c>Http:PathBase</c>: the path under which clients see this server's routes, such as <c>/kguardian</c>; null for none.</summary>
    public string? PathBase { get; init; }

    /// <summary>Networks of a list with commas; an address is a network of one. Null when one is neither.</summary>
    internal static IReadOnlyList<IPNetwork>? ParseNetworks(string text)
    {
        var networks = text.Split(',', StringSplitOptions.TrimEntries)
            .Select(one => IPAddress.TryParse(one, out var address) ? new IPNetwork(address, 8 * address.GetAddressBytes().Length)
                : IPNetwork.TryParse(one, out var network) ? network
                : (IPNetwork?)null)
            .ToArray();
        return networks.Contains(null) ? null : [.. networks.Select(network => network!.Value)];
    }

    /// <summary>Whether a text is a path that routes can be under.</summary>
    internal static bool IsPathBase(string text) =>
        text.Length is > 1 and <= 256 && text[0] == '/' && text[^1] != '/' && !text.Contains("//", StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '~');
}
