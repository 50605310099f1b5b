using System.Globalization;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Who is client and who is server of an event, as far as it is known.</summary>
/// <param name="Client">The client.</param>
/// <param name="Server">The server.</param>
internal readonly record struct EventEnds(EventEnd Client, EventEnd Server)
{
    /// <summary>Those of an event.</summary>
    public static EventEnds Of(SecureEvent found)
    {
        var pod = new EventEnd(found.PodIp, SecureEvent.PortOf(found.PodPort), Name(found.PodNamespace, found.PodName));
        var peer = new EventEnd(found.TrafficInOutIp, SecureEvent.PortOf(found.TrafficInOutPort), Name(found.PeerNamespace, found.PeerName));
        return found.IsPodClient switch
        {
            true => new(pod, peer),
            false => new(peer, pod),
            _ => default,
        };
    }

    /// <summary><c>client:port->server:port</c>, with brackets around IPv6; names where addresses are not known; null where neither is.</summary>
    public string? Text => Client.Text is { } client && Server.Text is { } server ? $"{client}->{server}" : null;

    private static string? Name(string? space, string? name) => string.IsNullOrEmpty(name) ? null : $"{space}/{name}";
}

/// <summary>One end.</summary>
/// <param name="Ip">Its address; null where it is not known.</param>
/// <param name="Port">Its port; null for none.</param>
/// <param name="Name">Its pod.</param>
internal readonly record struct EventEnd(string? Ip, int? Port, string? Name)
{
    /// <summary>Address, or name, and port.</summary>
    public string? Text => (Ip is { } ip ? ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip : Name) is not { } end ? null
        : Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{end}:{port}") : end;
}
