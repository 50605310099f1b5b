using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>Rows of <c>edge_rollup</c> as edges. Not safe for concurrent use.</summary>
/// <param name="answer">The answer to <see cref="RollupSql.Rows"/>.</param>
/// <param name="ends">Their ends.</param>
internal sealed class RollupRows(ClickHouseResult answer, RollupEnds ends) : IAsyncDisposable
{
    private readonly EdgeRows _rows = new(answer);
    private string? _direction;
    private int _directionNumber;
    private string? _protocol;
    private byte? _protocolNumber;
    private string _protocolText = "";

    /// <summary>Whether the row says how far a day is.</summary>
    public bool IsMarker => _rows.Int32(11) == RollupSql.Marker;

    /// <summary>The row's arrival day, since 1970.</summary>
    public int Day => _rows.Int32(12);

    /// <summary>How far it is.</summary>
    public long Done => _rows.Int64(17);

    /// <summary>Goes to the next row; false when there is none.</summary>
    /// <exception cref="ClickHouseException">The query failed, or the answer is damaged or cut.</exception>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken) => _rows.ReadAsync(cancellationToken);

    /// <summary>The row's edge; null, and the row is one of the split ones, where a name changes within it.</summary>
    public ObservedEdge? Edge(bool hasExample, SplitGroups split)
    {
        var row = new RollupRow
        {
            Namespace = _rows.TextOrNull(1),
            Pod = _rows.TextOrNull(2),
            PodIp = _rows.TextOrNull(3),
            PeerV4 = (uint)_rows.Int32(4),
            PeerOther = _rows.TextOrNull(5),
            Direction = _rows.TextOrNull(6),
            Protocol = _rows.TextOrNull(7),
            Decision = _rows.TextOrNull(8),
            PodIsClient = _rows.Int8(9),
            Port = _rows.Int32(10),
            First = _rows.Int64(14),
            Last = _rows.Int64(15),
            FirstSequence = _rows.Int64(16),
            LastSequence = _rows.Int64(17),
            Group = (ulong)_rows.Int64(18),
        };
        var (own, peer) = (ends.Own(row), ends.Peer(row));
        if (own is null || peer is null || !ends.HasAllOf(row))
        {
            split.Add(row, own is null, peer is null);
            return null;
        }

        return Edge(row, own.Value.End, own.Value.Pod, peer, (ulong)_rows.Int64(0), _rows.Int64(13), hasExample ? _rows.Uuid(19) : default);
    }

    /// <summary>The edges of split rows' flows.</summary>
    /// <param name="split">The rows.</param>
    /// <param name="flows">The answer to <see cref="RollupSql.Split"/>.</param>
    /// <param name="hasExamples">Whether each has the smallest of its flows' uuids.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">The query failed, or the answer is damaged or cut.</exception>
    public async IAsyncEnumerable<ObservedEdge> SplitAsync(
        SplitGroups split, EdgeRows flows, bool hasExamples, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await flows.ReadAsync(cancellationToken))
        {
            var row = split[flows.Int32(1)];
            var (own, pod) = ends.Own(row with { First = flows.Int64(2), Last = flows.Int64(2) })!.Value;
            var peer = ends.Peer(row with { First = flows.Int64(3), Last = flows.Int64(3) })!;
            yield return Edge(
                row with { First = flows.Int64(5), Last = flows.Int64(6) }, own, pod, peer, (ulong)flows.Int64(0), flows.Int64(4),
                hasExamples ? flows.Uuid(7) : default);
        }
    }

    private ObservedEdge Edge(in RollupRow row, EdgeEnd own, EdgeEnd? pod, EdgeEnd peer, ulong key, long flows, Guid example)
    {
        Describe(row.Direction, row.Protocol ?? "");
        var podIsClient = row.PodIsClient > 0;
        return new ObservedEdge(
            podIsClient ? own : peer, podIsClient ? peer : own, row.PodIsClient >= 0, _protocolNumber, _protocolText, row.Port > 0 ? row.Port : null,
            row.Decision ?? "", (podIsClient ? 1 : 0) + (_directionNumber * 2))
        {
            Key = key,
            Pod = pod,
            Flows = flows,
            Observations = flows,
            FirstSeen = row.First,
            LastSeen = row.Last,
            LastActive = row.Last,
            Example = example,
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _rows.DisposeAsync();

    /// <summary>Equal texts of a block are one object, and there are few.</summary>
    private void Describe(string? direction, string protocol)
    {
        if (!ReferenceEquals(direction, _direction))
        {
            _direction = direction;
            _directionNumber = string.Equals(direction, "EGRESS", StringComparison.OrdinalIgnoreCase) ? 2
                : string.Equals(direction, "INGRESS", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }

        if (!ReferenceEquals(protocol, _protocol))
        {
            _protocol = protocol;
            _protocolNumber = IpProtocols.TryNumber(protocol, out var number) ? number : null;
            _protocolText = _protocolNumber is { } known ? IpProtocols.Name(known) : protocol;
        }
    }
}
