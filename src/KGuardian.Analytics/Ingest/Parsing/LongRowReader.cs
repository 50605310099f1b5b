using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>
/// Reads a row that is too long, or nested too deeply, to be looked at whole: as it streams by, in constant memory (a bit a level of nesting aside).
/// What it keeps is the same row without anything that is not stored: the last value of each known field, as long as one may be. That is then parsed
/// as any other row, so that both ways come to the same. Reuse it with <see cref="Begin"/>.
/// </summary>
internal sealed partial class LongRowReader(EventParserOptions options)
{
    private static readonly int KnownFields = EventFieldNames.Count;

    private readonly byte[]?[] _values = new byte[]?[KnownFields];
    private readonly byte[] _raw = new byte[RejectedRow.MaxRawBytes];
    private readonly List<byte> _captured = [];
    private EventField _field;
    private Capture _capture;
    private bool _tooLong;
    private long _rawBytes;

    private enum Capture
    {
        Nothing,
        Name,
        Text,
    }

    /// <summary>Whether the row is an object.</summary>
    public bool IsObject { get; private set; }

    /// <summary>The row's first bytes, as they came: what is kept of a rejected one.</summary>
    public ReadOnlySpan<byte> Raw => _raw.AsSpan(0, (int)Math.Min(_rawBytes, _raw.Length));

    /// <summary>How long the row was.</summary>
    public long RawBytes => _rawBytes;

    /// <summary>Starts over with another row, from its first byte.</summary>
    public void Begin()
    {
        Array.Clear(_values);
        _rawBytes = 0;
        IsObject = false;
        _capture = Capture.Nothing;
        BeginScan();
    }

    /// <summary>The row without what is not stored, as JSON.</summary>
    public byte[] Shortened()
    {
        var json = new List<byte> { (byte)'{' };
        for (var field = 0; field < KnownFields; field++)
        {
            if (_values[field] is { } value)
            {
                json.AddRange(json.Count > 1 ? ",\""u8 : "\""u8);
                json.AddRange(System.Text.Encoding.UTF8.GetBytes(EventFieldNames.Of((EventField)field)));
                json.AddRange("\":"u8);
                json.AddRange(value);
            }
        }

        json.Add((byte)'}');
        return [.. json];
    }

    private void Keep(ReadOnlySpan<byte> consumed)
    {
        if (_rawBytes < _raw.Length)
        {
            consumed[..(int)Math.Min(consumed.Length, _raw.Length - _rawBytes)].CopyTo(_raw.AsSpan((int)_rawBytes));
        }

        _rawBytes += consumed.Length;
    }

    private void BeginString(bool isName)
    {
        _captured.Clear();
        _tooLong = false;
        _capture = isName ? Capture.Name : _field == EventFieldNames.Unknown ? Capture.Nothing : Capture.Text;
    }

    private void Add(ReadOnlySpan<byte> text)
    {
        if (_capture == Capture.Nothing)
        {
            return;
        }

        // A name may be as long as a value: no known one is, and none is cut into a known one.
        _tooLong |= _captured.Count + text.Length > options.MaxRawFieldBytes;
        if (!_tooLong)
        {
            _captured.AddRange(text);
        }
    }

    private void EndName()
    {
        _field = _tooLong ? EventFieldNames.Unknown : EventFieldNames.FindRaw(CollectionsMarshal.AsSpan(_captured));
        _capture = Capture.Nothing;
    }

    /// <summary>A value of the row's own object begins: what is no text is told apart by its first byte.</summary>
    private void BeginField(byte first)
    {
        if (_field != EventFieldNames.Unknown && first != '"')
        {
            _values[(int)_field] = first == 'n' ? "null"u8.ToArray() : "0"u8.ToArray();
        }
    }

    private void EndText()
    {
        if (_capture == Capture.Text)
        {
            // Longer than any text whose every byte is escaped: a text that is one byte too long says the same.
            _values[(int)_field] = _tooLong
            ? [(byte)'"', .. Enumerable.Repeat((byte)'x', options.MaxFieldBytes + 1), (byte)'"']
            : [(byte)'"', .. _captured, (byte)'"'];
        }

        _capture = Capture.Nothing;
    }
}
