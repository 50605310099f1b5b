using System.Globalization;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>
/// Rows of <c>edge_rollup</c> within which a name changes: which flows they are, so that these are read instead. Not safe for concurrent use.
/// </summary>
internal sealed class SplitGroups
{
    /// <summary>So many are read at once: at 200 bytes a row 20 MB.</summary>
    public const int Most = 100_000;

    private readonly List<RollupRow> _rows = [];
    private readonly HashSet<string> _own = new(StringComparer.Ordinal);
    private readonly HashSet<string> _peers = new(StringComparer.Ordinal);
    private bool _isOfAny;
    private long _from = long.MaxValue;
    private long _to = long.MinValue;

    /// <summary>How many there are.</summary>
    public int Count => _rows.Count;

    /// <summary>The row at a place.</summary>
    public RollupRow this[int place] => _rows[place];

    /// <summary>Adds a row.</summary>
    /// <param name="row">It.</param>
    /// <param name="byOwn">Whether it is for the reporting side's name.</param>
    /// <param name="byPeer">Whether it is for the other side's; when for neither, the window ends within it.</param>
    public void Add(RollupRow row, bool byOwn, bool byPeer)
    {
        _rows.Add(row);
        (_from, _to) = (Math.Min(_from, row.First), Math.Max(_to, row.Last));
        if (byOwn && row.PodIp is { } own)
        {
            _own.Add(own);
        }
        else if (byPeer && row.Peer is { } peer)
        {
            _peers.Add(peer);
        }
        else
        {
            _isOfAny = true;
        }
    }

    /// <summary>Their flows, and others.</summary>
    public string FlowsSql => string.Create(
        CultureInfo.InvariantCulture,
        $"t.time_stamp >= fromUnixTimestamp64Micro({_from}, 'UTC') "
        + $"AND t.time_stamp <= fromUnixTimestamp64Micro({_to}, 'UTC') AND {(_isOfAny ? "1" : EdgeNames.IsSplit)}");

    /// <summary>Adds them to the table that goes with the query.</summary>
    public void Describe(EdgeNames table)
    {
        foreach (var (place, row) in _rows.Index())
        {
            table.AddSplit(place, row.Group, (ulong)row.FirstSequence, (ulong)row.LastSequence);
        }

        foreach (var own in _own)
        {
            table.AddSplitEnd(isPeer: false, own);
        }

        foreach (var peer in _peers)
        {
            table.AddSplitEnd(isPeer: true, peer);
        }
    }
}
