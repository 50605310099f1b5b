using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>
/// The ends of rows of <c>edge_rollup</c> in one window: looked up once each, and by numbers, as there may be a million rows. Not safe for concurrent use.
/// </summary>
internal sealed class RollupEnds
{
    private readonly NameSpans _names;
    private readonly long _from;
    private readonly long _to;
    private readonly Dictionary<string, long[]> _podBorders;
    private readonly Dictionary<string, long[]> _addressBorders;
    private readonly HashSet<uint> _known = [];
    private readonly Dictionary<(string?, string?, string?), Spans> _own = [];
    private readonly Dictionary<uint, Spans> _peers = [];
    private readonly Dictionary<uint, EdgeEnd> _networks = [];
    private readonly Dictionary<string, Spans> _others = new(StringComparer.Ordinal);

    private (string? Namespace, string? Pod, string? Ip, Spans? Spans) _last;

    /// <summary>Ends of a window.</summary>
    /// <param name="names">Its names.</param>
    /// <param name="from">Its begin, in microseconds since 1970.</param>
    /// <param name="to">Its end.</param>
    public RollupEnds(NameSpans names, long from, long to)
    {
        (_names, _from, _to) = (names, from, to);
        var borders = names.Borders.Where(border => border.Micros > from && border.Micros < to).ToLookup(border => border.IsAddress);
        _podBorders = Sorted(borders[false]);
        _addressBorders = Sorted(borders[true]);
        foreach (var address in names.KnownAddresses)
        {
            if (!address.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork)
            {
                _known.Add(BitConverter.ToUInt32([.. ip.GetAddressBytes().Reverse()]));
            }
        }
    }

    /// <summary>The reporting side: its end, and the pod by its name, null for none; null where its name changes within the row.</summary>
    public (EdgeEnd End, EdgeEnd? Pod)? Own(in RollupRow row)
    {
        // Rows of one pod come one behind the other, with the same objects.
        if (_last.Spans is null || !ReferenceEquals(_last.Pod, row.Pod) || !ReferenceEquals(_last.Ip, row.PodIp)
            || !ReferenceEquals(_last.Namespace, row.Namespace))
        {
            var key = (row.Namespace, row.Pod, row.PodIp);
            if (!_own.TryGetValue(key, out var spans))
            {
                _own[key] = spans = new Spans(
                    string.IsNullOrEmpty(row.Pod) ? _addressBorders.GetValueOrDefault(NameKey.Canonical(row.PodIp ?? ""))
                    : _podBorders.GetValueOrDefault(row.Pod));
            }

            _last = (row.Namespace, row.Pod, row.PodIp, spans);
        }

        var own = _last.Spans!;
        var at = own.At(row.First, row.Last);
        if (at < 0)
        {
            return null;
        }

        if (own.Ends[at] is not { } end)
        {
            var begin = at == 0 ? _from : own.Borders[at - 1];
            own.Ends[at] = end = _names.Reporter(row.Namespace ?? "", row.Pod ?? "", row.PodIp ?? "", begin);
            own.Pods[at] = string.IsNullOrEmpty(row.Pod) ? null : _names.Pod(row.Namespace ?? "", row.Pod, begin);
        }

        return (end, own.Pods[at]);
    }

    /// <summary>The other side; null where its name changes within the row.</summary>
    public EdgeEnd? Peer(in RollupRow row)
    {
        if (row.PeerV4 == 0)
        {
            var other = row.PeerOther ?? "";
            if (!_others.TryGetValue(other, out var spans))
            {
                _others[other] = spans = new Spans(_addressBorders.GetValueOrDefault(NameKey.Canonical(other)));
            }

            return Of(spans, row);
        }

        if (_known.Contains(row.PeerV4))
        {
            if (!_peers.TryGetValue(row.PeerV4, out var spans))
            {
                _peers[row.PeerV4] = spans = new Spans(_addressBorders.GetValueOrDefault(RollupRow.Ipv4(row.PeerV4)));
            }

            return Of(spans, row);
        }

        if (_names.Outside is not { Apart.Count: 0 })
        {
            return _names.Peer(RollupRow.Ipv4(row.PeerV4), _from);
        }

        var network = row.PeerV4 >> (32 - OutsideNetworks.V4Bits);
        if (!_networks.TryGetValue(network, out var outside))
        {
            _networks[network] = outside = _names.Peer(RollupRow.Ipv4(row.PeerV4), _from);
        }

        return outside;
    }

    /// <summary>Whether all flows of a row are within the window.</summary>
    public bool HasAllOf(in RollupRow row) => row.First >= _from && row.Last < _to;

    private EdgeEnd? Of(Spans spans, in RollupRow row)
    {
        var at = spans.At(row.First, row.Last);
        return at < 0 ? null : spans.Ends[at] ??= _names.Peer(row.Peer ?? "", at == 0 ? _from : spans.Borders[at - 1]);
    }

    private static Dictionary<string, long[]> Sorted(IEnumerable<(bool IsAddress, string Name, long Micros)> borders) => borders
        .GroupBy(border => border.Name, StringComparer.Ordinal)
        .ToDictionary(name => name.Key, name => name.Select(border => border.Micros).Distinct().Order().ToArray(), StringComparer.Ordinal);

    /// <summary>What an end was between its borders.</summary>
    private sealed class Spans(long[]? borders)
    {
        public long[] Borders { get; } = borders ?? [];

        public EdgeEnd?[] Ends { get; } = new EdgeEnd?[(borders?.Length ?? 0) + 1];

        public EdgeEnd?[] Pods { get; } = new EdgeEnd?[(borders?.Length ?? 0) + 1];

        /// <summary>Between which borders two times are; -1 when they are not between the same.</summary>
        public int At(long first, long last)
        {
            if (Borders.Length == 0)
            {
                return 0;
            }

            var at = Before(first);
            return at == Before(last) ? at : -1;
        }

        private int Before(long time) => Array.BinarySearch(Borders, time) is var found && found >= 0 ? found + 1 : ~found;
    }
}
