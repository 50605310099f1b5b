using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>Tells whether a connection is to one of a rule's ports.</summary>
internal static class PortMatcher
{
    /// <summary>
    /// Whether it is; none are all. For protocols that policies do not know, ICMP among them, a rule with ports says nothing: what then holds is left to
    /// the network's implementation, so it is not known.
    /// </summary>
    public static Truth Matches(IReadOnlyList<PolicyPort> ports, PolicyConnection connection)
    {
        if (ports.Count == 0)
        {
            return Truth.Yes;
        }

        if (connection.Protocol is not ((int)PolicyProtocol.Tcp or (int)PolicyProtocol.Udp or (int)PolicyProtocol.Sctp))
        {
            return Truth.Unknown;
        }

        var best = Truth.No;
        foreach (var port in ports)
        {
            if (Matches(port, connection) is var matches && matches > best)
            {
                best = matches;
            }
        }

        return best;
    }

    private static Truth Matches(PolicyPort port, PolicyConnection connection)
    {
        if ((int)port.Protocol != connection.Protocol)
        {
            return Truth.No;
        }

        if (port.IsAny)
        {
            return Truth.Yes;
        }

        if (port.Name is not null)
        {
            return MatchesName(port.Protocol, port.Name, connection);
        }

        return connection.ServerPort is not { } number ? Truth.Unknown : number >= port.First && number <= port.Last ? Truth.Yes : Truth.No;
    }

    /// <summary>A name is one of the server's own: an address that is no pod's has none.</summary>
    private static Truth MatchesName(PolicyProtocol protocol, string name, PolicyConnection connection)
    {
        if (connection.Server.Pod is not { } pod)
        {
            return Truth.No;
        }

        if (pod.Ports is null)
        {
            return Truth.Unknown;
        }

        return !pod.Ports.TryGetValue((protocol, name), out var number) ? Truth.No
            : connection.ServerPort is null ? Truth.Unknown
            : number == connection.ServerPort ? Truth.Yes : Truth.No;
    }
}
