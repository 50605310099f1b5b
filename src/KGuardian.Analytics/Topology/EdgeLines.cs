using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Topology;

/// <summary>Reads the rows of <see cref="EdgeSql"/>: JSON arrays, a line each.</summary>
internal static class EdgeLines
{
    /// <summary>Reads at most a number of edges.</summary>
    public static async Task<TopologyEdges> ReadAsync(
        Stream body, SpanEnds ends, bool byAddress, bool counts, int limit, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(body);
        var edges = new List<TopologyEdge>();
        long otherEdges = 0, otherFlows = 0;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (edges.Count == limit)
            {
                continue;
            }

            using var row = JsonDocument.Parse(line);
            var values = row.RootElement;
            var edge = Edge(values, ends, byAddress, counts);
            edges.Add(edge);
            otherFlows = values[14].GetInt64();
            otherEdges = values[15].GetInt64();
        }

        return new TopologyEdges(edges, Math.Max(0, otherEdges - edges.Count), Math.Max(0, otherFlows - edges.Sum(edge => edge.Flows)));
    }

    private static TopologyEdge Edge(JsonElement values, SpanEnds ends, bool byAddress, bool counts)
    {
        var (port, protocol) = (values[2].GetInt32(), values[3].GetInt32());
        return new TopologyEdge(
            End(values[0].GetUInt64(), values[12].GetString()!, ends, byAddress), End(values[1].GetUInt64(), values[13].GetString()!, ends, byAddress),
            port == 0 ? null : port, protocol < 0 ? null : IpProtocols.Name((byte)protocol), values[4].GetInt64(), values[5].GetInt64(),
            counts ? values[6].GetInt64() : null, counts ? values[7].GetInt64() : null, values[9].GetInt64(), values[8].GetInt64(),
            values[10].GetInt32() != 0, values[11].GetInt32() != 0);
    }

    private static TopologyEnd End(ulong key, string text, SpanEnds ends, bool byAddress)
    {
        if (ends.Met.TryGetValue(key, out var end))
        {
            return end;
        }

        if ((key & EndKeySql.Address) != 0)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)key);
            return new TopologyEnd(TopologyEnd.External, "", $"{new IPAddress(bytes)}{(byAddress ? "" : "/24")}");
        }

        if (text.StartsWith('p'))
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            var (space, name) = (text[1..slash], text[(slash + 1)..]);
            return ends.Level == TopologyLevel.Namespace ? new TopologyEnd("Namespace", "", space) : new TopologyEnd("Pod", space, name);
        }

        var address = text.Length == 0 ? "" : text[1..];
        if (byAddress || !IPAddress.TryParse(address, out var ip))
        {
            return new TopologyEnd(TopologyEnd.External, "", address.Length == 0 ? "(no address)" : address);
        }

        var network = ip.GetAddressBytes();
        network.AsSpan(network.Length / 2).Clear();
        return new TopologyEnd(TopologyEnd.External, "", $"{new IPAddress(network)}/64");
    }
}
