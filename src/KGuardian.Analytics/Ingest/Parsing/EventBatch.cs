using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>
/// Parsed events, one array a column and one byte buffer for all texts; made to be cleared and filled again without allocating.
/// Spans taken from it are valid until the next parse into it. Not thread-safe.
/// </summary>
internal sealed partial class EventBatch
{
    /// <summary>The rejected rows whose raw text is kept; at most 40 MiB. More are counted only, so that <c>[0,0,0...]</c> costs nothing.</summary>
    public const int MaxRejectedKept = 10_000;

    /// <summary>How many of <see cref="EventField"/> are text columns; they come first.</summary>
    internal const int TextColumns = (int)EventField.Decision + 1;

    /// <summary>Vectors are copied whole, so the text buffer is longer than its text.</summary>
    internal const int TextSlack = 64;

    // What Clear keeps: 16,384 rows of 104 bytes = 1.6 MiB, and their texts at 130 bytes a row = 2 MiB.
    private const int KeptRows = 16 * 1024;
    private const int KeptTextBytes = 2 * 1024 * 1024;
    private const int FirstRows = 128;

    private readonly TextRef[][] _texts = new TextRef[TextColumns][];
    private readonly List<RejectedRow> _rejected = [];
    private byte[] _text = [];
    private int _textLength;
    private UInt128[] _uuids = [];
    private long[] _times = [];
    private int[] _podPorts = [];
    private int[] _trafficInOutPorts = [];
    private FlowKey[] _keys = [];
    private readonly List<int> _timeless = [];

    /// <summary>An empty batch.</summary>
    public EventBatch() => Resize(FirstRows);

    /// <summary>How many good rows there are.</summary>
    public int Count { get; private set; }

    /// <summary>Every text of every row, UTF-8, unescaped; <see cref="TextRef"/>s point into it. May hold bytes nothing points to.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _textLength);

    /// <summary>The rows' uuids; big-endian bytes are the order of the uuid's text.</summary>
    public ReadOnlySpan<UInt128> Uuids => _uuids.AsSpan(0, Count);

    /// <summary>How many rows say no time: it is <see cref="TimestampText.Unknown"/> before <see cref="SetUnknownTimes"/>.</summary>
    public int TimeUnknownCount => _timeless.Count;

    /// <summary>The rows' time_stamp, in microseconds since 1970-01-01 UTC; may be negative.</summary>
    public ReadOnlySpan<long> TimeMicros => _times.AsSpan(0, Count);

    /// <summary>The rows' pod_port, see <see cref="PortCode"/>.</summary>
    public ReadOnlySpan<int> PodPorts => _podPorts.AsSpan(0, Count);

    /// <summary>The rows' traffic_in_out_port, see <see cref="PortCode"/>.</summary>
    public ReadOnlySpan<int> TrafficInOutPorts => _trafficInOutPorts.AsSpan(0, Count);

    /// <summary>The rows' keys.</summary>
    public ReadOnlySpan<FlowKey> Keys => _keys.AsSpan(0, Count);

    /// <summary>
    /// Null: rows arrive now. Else they keep their age: each arrives on the day of its own time, and those from before this day (days since 1970) are left out.
    /// Set before rows are read, until <see cref="Clear"/>.
    /// </summary>
    public ushort? OldestDay { get; set; }

    /// <summary>How many rows were left out, as they are from before <see cref="OldestDay"/>.</summary>
    public int OlderCount { get; private set; }

    /// <summary>How many rows were rejected.</summary>
    public int RejectedCount { get; private set; }

    /// <summary>The rejected rows in their order, the first <see cref="MaxRejectedKept"/> of them.</summary>
    public IReadOnlyList<RejectedRow> Rejected => _rejected;

    /// <summary>A text column's values.</summary>
    /// <param name="field"><see cref="EventField.PodName"/> to <see cref="EventField.Decision"/>.</param>
    public ReadOnlySpan<TextRef> Column(EventField field) => _texts[(int)field].AsSpan(0, Count);

    /// <summary>One text; empty when null, which <see cref="Column"/> tells apart.</summary>
    public ReadOnlySpan<byte> TextOf(EventField field, int row) => Column(field)[row].In(_text);

    /// <summary>Forgets all rows. Keeps buffers up to 16,384 rows and 2 MiB of text, and gives back larger ones.</summary>
    public void Clear()
    {
        Count = 0;
        RejectedCount = 0;
        OlderCount = 0;
        OldestDay = null;
        _textLength = 0;
        _rejected.Clear();
        _timeless.Clear();
        if (_timeless.Capacity > KeptRows)
        {
            _timeless.Capacity = 0;
        }

        if (_rejected.Capacity > KeptRows)
        {
            _rejected.Capacity = 0;
        }

        if (_uuids.Length > KeptRows)
        {
            Resize(FirstRows);
        }

        if (_text.Length > KeptTextBytes)
        {
            _text = [];
        }
    }

    /// <summary>Gives rows without a time the time of their arrival. Once a batch: they are told apart by what they said.</summary>
    /// <param name="micros">Microseconds since 1970-01-01 UTC.</param>
    public void SetUnknownTimes(long micros)
    {
        foreach (var row in _timeless)
        {
            _times[row] = micros;
        }
    }

    /// <summary>The time that a row was posted with, <see cref="TimestampText.Unknown"/> for none.</summary>
    internal long PostedTime(int row) => _timeless.Count > 0 && _timeless.BinarySearch(row) >= 0 ? TimestampText.Unknown : _times[row];

    /// <summary>Where the next row's texts go: room for <paramref name="bytes"/> more, and some slack.</summary>
    /// <exception cref="InvalidOperationException">The texts of one batch would exceed 2 GB.</exception>
    internal Span<byte> FreeText(int bytes)
    {
        var needed = (long)_textLength + bytes + TextSlack;
        if (needed > _text.Length)
        {
            GrowText(needed);
        }

        return _text;
    }

    /// <summary>Where the next row's first text starts.</summary>
    internal int TextLength => _textLength;

    /// <summary>Adds a row whose texts end at <paramref name="textEnd"/>.</summary>
    internal void Append(ref readonly EventDraft row, int textEnd, FlowKeyHasher hasher)
    {
        if (OldestDay is { } oldest && FlowDay.Of(row.TimeMicros) < oldest)
        {
            OlderCount++;
            return;
        }

        var index = Count;
        if (index == _uuids.Length)
        {
            Resize(index * 2);
        }

        _uuids[index] = row.Uuid;
        _times[index] = row.TimeMicros;
        if (row.TimeMicros == TimestampText.Unknown)
        {
            _timeless.Add(index);
        }

        _podPorts[index] = row.PodPort;
        _trafficInOutPorts[index] = row.TrafficInOutPort;
        for (var column = 0; column < TextColumns; column++)
        {
            _texts[column][index] = row.Texts[column];
        }

        _textLength = textEnd;
        _keys[index] = hasher.Hash(
            _text,
            row.Texts[(int)EventField.PodIp],
            row.Texts[(int)EventField.TrafficType],
            row.Texts[(int)EventField.TrafficInOutIp],
            row.Texts[(int)EventField.IpProtocol],
            row.Texts[(int)EventField.Decision],
            row.PodPort,
            row.TrafficInOutPort);
        Count = index + 1;
    }

    /// <summary>Whether the next rejected row is kept, and not only counted.</summary>
    internal bool KeepsRejected => _rejected.Count < MaxRejectedKept;

    /// <summary>Adds a rejected row.</summary>
    internal void Reject(RejectReason reason, string field, ReadOnlySpan<byte> raw, long rawBytes)
    {
        if (KeepsRejected)
        {
            _rejected.Add(
                new RejectedRow(Count + RejectedCount, reason, field, raw[..Math.Min(raw.Length, RejectedRow.MaxRawBytes)].ToArray(), rawBytes));
        }

        RejectedCount++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowText(long needed)
    {
        if (needed > Array.MaxLength)
        {
            throw new InvalidOperationException($"The texts of one batch exceed {Array.MaxLength} bytes.");
        }

        Array.Resize(ref _text, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _text.Length)));
    }

    private void Resize(int rows)
    {
        Array.Resize(ref _uuids, rows);
        Array.Resize(ref _times, rows);
        Array.Resize(ref _podPorts, rows);
        Array.Resize(ref _trafficInOutPorts, rows);
        Array.Resize(ref _keys, rows);
        for (var column = 0; column < TextColumns; column++)
        {
            Array.Resize(ref _texts[column], rows);
        }
    }
}
