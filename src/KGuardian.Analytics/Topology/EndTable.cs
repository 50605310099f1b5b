using System.Text;

namespace KGuardian.Analytics.Topology;

/// <summary>
/// What SQL looks ends up by, as a temporary table that goes with the query. A name that is one end for all of the window is looked up by itself; one that
/// changes has a place, and its borders stand in one sorted list, in which a row's place and time are found by halving.
/// </summary>
internal sealed class EndTable
{
    /// <summary>Its columns.</summary>
    public const string Structure = "subject UInt8, key String, code UInt64, value UInt64";

    /// <summary>Its name.</summary>
    public const string Name = "ends";

    private const int TimeBits = 40;

    private readonly List<(byte Subject, string Key, ulong Code, ulong Value)> _rows = [];
    private readonly List<(ulong Border, ulong Value)> _borders = [];
    private readonly long _from;
    private readonly long _to;
    private ulong _places;

    /// <summary>Ends of a window, in microseconds since 1970.</summary>
    /// <param name="catalog">What is known of names.</param>
    /// <param name="ends">Which end each is.</param>
    /// <param name="fromFlows">Addresses that the inventory does not know, of which one pod alone reported.</param>
    /// <param name="owner">What the question is about; null for everything.</param>
    /// <param name="from">The window's begin.</param>
    /// <param name="to">Its end.</param>
    public EndTable(NameCatalog catalog, SpanEnds ends, IReadOnlyList<ReportingPod> fromFlows, TopologyOwner? owner, long from, long to)
    {
        (_from, _to) = (from, to);
        // Coarser than a microsecond only where a window is longer than twelve days.
        while ((to - from) / TimeScale >= 1L << TimeBits)
        {
            TimeScale *= 2;
        }

        var byKey = catalog.Spans.GroupBy(span => (span.Subject, span.Key)).ToDictionary(group => group.Key, group => group.ToArray());
        var names = byKey.Keys.Where(key => key.Subject == "pod").CountBy(key => NameOf(key.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var ((subject, key), spans) in byKey)
        {
            var code = CodeOf(spans, ends);
            var isOwned = owner is not null && spans.Any(span => span.Overlaps(from, to) && ends.KeyOf(span) == EndKeySql.Owner);
            if (subject == "address")
            {
                Add(0, key, code, 0, isOwned);
            }
            else
            {
                var isAlone = names[NameOf(key)] == 1;
                Add(isAlone ? (byte)1 : (byte)2, isAlone ? NameOf(key) : key, code, spans[0].SpaceHash, false);
                Add(5, NameOf(key), 0, 0, isOwned);
            }
        }

        foreach (var pod in fromFlows)
        {
            // As its name is known by; else it is itself.
            var isOwned = owner is not null && owner.HasUnknownPod(pod.Namespace, pod.Name);
            var key = byKey.TryGetValue(("pod", $"{pod.Namespace}/{pod.Name}"), out var spans) ? CodeOf(spans, ends)
                : isOwned ? EndKeySql.Owner : ends.KeyOf(pod.Span);
            Add(0, pod.Address, key, 0, isOwned || (spans?.Any(span => ends.KeyOf(span) == EndKeySql.Owner) ?? false));
        }

        foreach (var (border, value) in _borders.Order())
        {
            _rows.Add((3, "", border, value));
        }
    }

    /// <summary>Microseconds of a unit in which borders are written.</summary>
    public long TimeScale { get; private set; } = 1;

    /// <summary>Whether anything changes within the window.</summary>
    public bool HasBorders => _borders.Count > 0;

    /// <summary>The table, as a block in the Native format.</summary>
    public byte[] ToBlock()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write7BitEncodedInt(4);
        writer.Write7BitEncodedInt(_rows.Count);
        WriteColumn("subject", "UInt8", row => writer.Write(row.Subject));
        WriteColumn("key", "String", row => writer.Write(row.Key));
        WriteColumn("code", "UInt64", row => writer.Write(row.Code));
        WriteColumn("value", "UInt64", row => writer.Write(row.Value));
        return bytes.ToArray();

        void WriteColumn(string name, string type, Action<(byte Subject, string Key, ulong Code, ulong Value)> write)
        {
            writer.Write(name);
            writer.Write(type);
            _rows.ForEach(write);
        }
    }

    private static string NameOf(string key) => key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private void Add(byte subject, string key, ulong code, ulong value, bool isOwned)
    {
        if (code != 0)
        {
            _rows.Add((subject, key, code, value));
        }

        if (isOwned)
        {
            _rows.Add((subject == 0 ? (byte)4 : (byte)5, key, 0, 0));
        }
    }

    /// <summary>The key of the end that some spans are, or their place where it changes; 0 for none in the window.</summary>
    private ulong CodeOf(IReadOnlyList<NameSpan> spans, SpanEnds ends)
    {
        var steps = new List<(long At, ulong Key)> { (_from, 0) };
        foreach (var span in spans.Where(span => span.Overlaps(_from, _to)))
        {
            Step(Math.Max(span.Begin, _from), ends.KeyOf(span));
            Step(Math.Min(span.End, _to), 0);
        }

        var changes = steps.Where((step, i) => step.At < _to && (i == 0 || step.Key != steps[i - 1].Key)).ToArray();
        if (changes.Length == 1)
        {
            return changes[0].Key;
        }

        var place = EndKeySql.Changing | (_places++ << TimeBits);
        // A time is in the unit that holds it, so a border is the first unit behind it.
        _borders.AddRange(changes.Select(step => (place + (ulong)((step.At - _from + TimeScale - 1) / TimeScale), step.Key)));
        return place;

        void Step(long at, ulong key)
        {
            if (steps[^1].At == at)
            {
                steps.RemoveAt(steps.Count - 1);
            }

            steps.Add((at, key));
        }
    }
}
