using System.Globalization;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>
/// Rows of <c>edge_rollup</c> within which a name changes: which flows they are, so that these are read instead. Not safe for concurrent use.
/// </summary>
internal sealed class SplitGroups
{
    /// <summary>So many are read at once: at 200 bytes a row 20 MB.</summary>
    public const int Most = 100_000;

    private readonly List<(string Group, ulong First, ulong Last)> _groups = [];
    private readonly HashSet<string> _own = new(StringComparer.Ordinal);
    private readonly HashSet<string> _peers = new(StringComparer.Ordinal);
    private bool _isOfAny;
    private long _from = long.MaxValue;
    private long _to = long.MinValue;

    /// <summary>How many there are.</summary>
    public int Count => _groups.Count;

    /// <summary>Adds a row.</summary>
    /// <param name="row">It.</param>
    /// <param name="byOwn">Whether it is for the reporting side's name.</param>
    /// <param name="byPeer">Whether it is for the other side's; when for neither, the window ends within it.</param>
    public void Add(RollupRow row, bool byOwn, bool byPeer)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Part(row.Namespace)}{Part(row.Pod)}{Part(row.PodIp)}{Part(row.Direction)}{Part(row.Protocol)}{Part(row.Decision)}{Part(row.Peer)}"
            + $"{row.PodIsClient}\n{row.Port}\n{row.Hour}");
        _groups.Add((text, (ulong)row.FirstSequence, (ulong)row.LastSequence));
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

    /// <summary>Joins a row of <c>traffic AS t</c> to the row that it is in.</summary>
    public static string JoinSql => $"INNER JOIN ({EdgeNames.Splits}) AS s ON s.split = {RollupSql.GroupText}";

    /// <summary>Their flows, of those that are joined.</summary>
    public string FlowsSql => string.Create(
        CultureInfo.InvariantCulture,
        $"t.sequence >= s.first AND t.sequence <= s.last AND t.time_stamp >= fromUnixTimestamp64Micro({_from}, 'UTC') "
        + $"AND t.time_stamp <= fromUnixTimestamp64Micro({_to}, 'UTC') AND {(_isOfAny ? "1" : EdgeNames.IsSplit)}");

    /// <summary>Adds them to the table that goes with the query.</summary>
    public void Describe(EdgeNames table)
    {
        foreach (var (group, first, last) in _groups)
        {
            table.AddSplit(group, first, last);
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

    private static string Part(string? text) => text is null ? "-\n" : $"+{text}\n";
}
