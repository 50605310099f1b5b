using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>
/// Which addresses may be connected to. A name is resolved here, every address that it has is checked, and the connection is made to one that was checked:
/// what a name means at another moment does not count.
/// </summary>
/// <param name="allowed"><c>Forwarding:AllowedTargets</c>: may be connected to whatever else is said.</param>
/// <param name="listening">Where this server listens.</param>
/// <param name="clickHouseHosts">Hosts of ClickHouse.</param>
internal sealed class TargetAddresses(IReadOnlyList<IPNetwork> allowed, IPAddress listening, IReadOnlyList<string> clickHouseHosts)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Loopback, this network, link-local with the metadata services of clouds, multicast and broadcast, of both families; and networks that carry an IPv4
    /// address inside (RFC 6052, RFC 3056).
    /// </summary>
    private static readonly (IPNetwork Network, string Kind)[] Refused =
    [
        (IPNetwork.Parse("127.0.0.0/8"), "loopback"), (IPNetwork.Parse("::1/128"), "loopback"), (IPNetwork.Parse("0.0.0.0/8"), "unspecified"),
        (IPNetwork.Parse("::/128"), "unspecified"), (IPNetwork.Parse("169.254.0.0/16"), "link-local"), (IPNetwork.Parse("fe80::/10"), "link-local"),
        (IPNetwork.Parse("224.0.0.0/4"), "multicast"), (IPNetwork.Parse("ff00::/8"), "multicast"), (IPNetwork.Parse("255.255.255.255/32"), "broadcast"),
        (IPNetwork.Parse("64:ff9b::/96"), "an IPv4 address in IPv6"), (IPNetwork.Parse("2002::/16"), "an IPv4 address in IPv6"),
    ];

    /// <summary>The addresses of a host, all of which may be connected to.</summary>
    /// <exception cref="TargetException">One of them may not, or it has none.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        var addresses = (await LookUpAsync(host, cancellationToken)).Select(Plain).ToArray();
        IReadOnlyCollection<IPAddress>? own = null;
        foreach (var address in addresses.Where(address => !allowed.Any(network => network.Contains(address))))
        {
            if (Refused.FirstOrDefault(refused => refused.Network.Contains(address)).Kind is { } kind)
            {
                throw Refuse(host, address, $"is {kind}");
            }

            own ??= await OwnAsync(cancellationToken);
            if (own.Contains(address))
            {
                throw Refuse(host, address, "is this server's own, or ClickHouse's");
            }
        }

        return addresses;
    }

    /// <summary>Connects to a host, at an address that was checked.</summary>
    /// <exception cref="TargetException">It may not be connected to, or does not answer.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, SocketType type, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(host, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        Exception? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), limit.Token);
                return socket;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                last = e;
            }
        }

        var reason = last is SocketException ? last.Message : $"no answer within {Patience}";
        throw new TargetException(TargetFailure.Transport, $"{host}:{port} cannot be connected to: {reason}", last);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static async Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var found = await Dns.GetHostAddressesAsync(host, limit.Token);
            return found.Length > 0 ? found : throw new TargetException(TargetFailure.Transport, $"{host} has no address");
        }
        catch (Exception e) when (e is SocketException or ArgumentException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new TargetException(TargetFailure.Transport, $"{host} has no address: {e.Message}", e);
        }
    }

    private static TargetException Refuse(string host, IPAddress address, string why) => new(
        TargetFailure.Configuration,
        $"{(host == address.ToString() ? host : $"{host} = {address}")} {why}: events are not sent there unless Forwarding:AllowedTargets names it");

    private async Task<IReadOnlyCollection<IPAddress>> OwnAsync(CancellationToken cancellationToken)
    {
        var own = new HashSet<IPAddress> { listening };
        own.UnionWith(NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => Plain(unicast.Address)));
        foreach (var host in clickHouseHosts)
        {
            try
            {
                own.UnionWith((await LookUpAsync(host, cancellationToken)).Select(Plain));
            }
            catch (TargetException)
            {
                // A ClickHouse without an address is reached by nobody.
                continue;
            }
        }

        return own;
    }
}
