namespace KGuardian.Analytics.Flows;

/// <summary>
/// Who of a flow's ends is the client: one rule for everything that shows it, here and in SQL. Agents that see packets report replies as flows of their own,
/// so the direction alone does not tell; of two ports of which one is ephemeral, that end has opened the connection. Controllers that report the client's
/// port as 0 are taken at their word.
/// </summary>
internal static class FlowRoles
{
    /// <summary>Ports from here on are what systems choose for the calling side (Linux: 32768 to 60999, IANA: 49152 to 65535).</summary>
    public const int FirstEphemeralPort = 32_768;

    /// <summary>SQL of a row of <c>traffic AS t</c>: 1 when the pod that reported is the client, 0 when its peer is, NULL when nothing tells.</summary>
    public static string IsPodClientSql { get; } = PodClientSql(column => $"t.{column}");

    /// <summary>Whether the pod that reported is the client; null when nothing tells.</summary>
    /// <param name="podPort">Its port; null for none.</param>
    /// <param name="peerPort">The other side's port; null for none.</param>
    /// <param name="direction">What the agent says, in any case: INGRESS or EGRESS, or another word.</param>
    public static bool? IsPodClient(int? podPort, int? peerPort, string? direction)
    {
        if (podPort is > 0 && peerPort is > 0 && podPort >= FirstEphemeralPort != peerPort >= FirstEphemeralPort)
        {
            return podPort >= FirstEphemeralPort;
        }

        return string.Equals(direction, "EGRESS", StringComparison.OrdinalIgnoreCase) ? true
            : string.Equals(direction, "INGRESS", StringComparison.OrdinalIgnoreCase) ? false : null;
    }

    /// <summary>The same of a table that has the columns of traffic.</summary>
    /// <param name="column">A column of a row, by its name.</param>
    // Beyond 65535 are leading zeros, below 0 is none; the words are compared once for each entry of the column's dictionary.
    public static string PodClientSql(Func<string, string> column) =>
        Sql(column(FlowTable.PodPort.Name), column(FlowTable.TrafficInOutPort.Name), column(FlowTable.TrafficType.Name));

    private static string Sql(string pod, string peer, string direction) =>
        $"multiIf({pod} >= 0 AND {pod} % 65536 > 0 AND {peer} >= 0 AND {peer} % 65536 > 0 "
        + $"AND ({pod} % 65536 >= {FirstEphemeralPort}) != ({peer} % 65536 >= {FirstEphemeralPort}), toUInt8({pod} % 65536 >= {FirstEphemeralPort}), "
        + $"ifNull(upper({direction}) = 'EGRESS', 0), 1, ifNull(upper({direction}) = 'INGRESS', 0), 0, NULL)";
}
