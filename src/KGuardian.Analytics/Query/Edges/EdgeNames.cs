using System.Text;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>
/// What SQL has to know of names, as a temporary table that goes with a query: when they change, which addresses are somebody's, and where groups of flows are
/// asked about again, which these are.
/// </summary>
internal sealed class EdgeNames
{
    /// <summary>The table's name.</summary>
    public const string Table = "edge_names";

    /// <summary>Its columns.</summary>
    public const string Structure = "subject UInt8, name String, number UInt64, place UInt32, since UInt64, until UInt64";

    /// <summary>A query of the addresses that are somebody's.</summary>
    public const string KnownAddresses = $"SELECT n.name FROM {Table} AS n WHERE n.subject = 2";

    /// <summary>A query of the groups that are asked about: <c>key</c>, and <c>place</c> of the edge that it is a part of.</summary>
    public const string Groups = $"SELECT n.number AS key, n.place AS place FROM {Table} AS n WHERE n.subject = 3";

    /// <summary>Rows of <c>edge_rollup</c> whose flows are asked about: <c>row_group</c>, <c>place</c>, and the sequences that they are between.</summary>
    public const string Splits =
        $"SELECT n.number AS row_group, n.place AS place, n.since AS since, n.until AS until FROM {Table} AS n WHERE n.subject = 4";

    /// <summary>Whether a row of <c>traffic AS t</c> can be in one of them: by the columns that have indexes.</summary>
    public const string IsSplit =
        $"(ifNull(t.pod_ip IN (SELECT n.name FROM {Table} AS n WHERE n.subject = 5), 0) "
        + $"OR ifNull(t.traffic_in_out_ip IN (SELECT n.name FROM {Table} AS n WHERE n.subject = 6), 0))";

    private readonly long _from;
    private readonly long _to;
    private readonly List<(byte Subject, string Name, ulong Number, uint Place, ulong Since, ulong Until)> _rows = [];

    /// <summary>Names of a window.</summary>
    /// <param name="window">The window.</param>
    /// <param name="now">The time. No flow is from a day later.</param>
    public EdgeNames(TimeWindow window, DateTimeOffset now)
    {
        (_from, _to) = (TimeWindow.Micros(window.From), TimeWindow.Micros(window.To));
        Begin = Math.Max(_from, Math.Min(_to, TimeWindow.Micros(now.AddDays(1))) - SpanBorders.Longest);
    }

    /// <summary>When lists of borders begin: with the window, or so long before the newest flow as they reach.</summary>
    public long Begin { get; }

    /// <summary>A constant: borders of pods' names, or of addresses.</summary>
    public static string Borders(bool ofAddresses) => SpanBorders.Of(
        "{names_begin:Int64}", $"SELECT n.name AS name, toInt64(n.number) AS border FROM {Table} AS n WHERE n.subject = {(ofAddresses ? 1 : 0)}");

    /// <summary>Adds a moment at which a name changes; one outside of the window is none.</summary>
    public void AddBorder(bool isAddress, string name, long micros)
    {
        if (micros > _from && micros < _to)
        {
            _rows.Add((isAddress ? (byte)1 : (byte)0, name, (ulong)micros, 0, 0, 0));
        }
    }

    /// <summary>Adds an address that is somebody's.</summary>
    public void AddKnown(string address) => _rows.Add((2, address, 0, 0, 0, 0));

    /// <summary>Adds a group of flows that is asked about.</summary>
    public void AddGroup(ulong key, int place) => _rows.Add((3, "", key, (uint)place, 0, 0));

    /// <summary>Adds a row of <c>edge_rollup</c> whose flows are asked about.</summary>
    public void AddSplit(int place, ulong group, ulong first, ulong last) => _rows.Add((4, "", group, (uint)place, first, last));

    /// <summary>Adds an address that such rows have.</summary>
    public void AddSplitEnd(bool isPeer, string address) => _rows.Add((isPeer ? (byte)6 : (byte)5, address, 0, 0, 0, 0));

    /// <summary>The table, in the Native format.</summary>
    public byte[] ToBlock()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write7BitEncodedInt(6);
        writer.Write7BitEncodedInt(_rows.Count);
        WriteColumn("subject", "UInt8", row => writer.Write(row.Subject));
        WriteColumn("name", "String", row => writer.Write(row.Name));
        WriteColumn("number", "UInt64", row => writer.Write(row.Number));
        WriteColumn("place", "UInt32", row => writer.Write(row.Place));
        WriteColumn("since", "UInt64", row => writer.Write(row.Since));
        WriteColumn("until", "UInt64", row => writer.Write(row.Until));
        return bytes.ToArray();

        void WriteColumn(string name, string type, Action<(byte Subject, string Name, ulong Number, uint Place, ulong Since, ulong Until)> write)
        {
            writer.Write(name);
            writer.Write(type);
            _rows.ForEach(write);
        }
    }
}
