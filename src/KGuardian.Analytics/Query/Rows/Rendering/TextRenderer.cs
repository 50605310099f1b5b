using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>
/// Texts: each entry of the block's dictionary is rendered once, with name, quotes and escapes, and copied into the rows that have it. Where entries
/// are so many, or so long, that they would fill more memory than it saves time, each row renders its own.
/// </summary>
internal sealed class TextRenderer(byte[] lead, byte[] tail, TextEscaping escaping) : ColumnRenderer
{
    /// <summary>A column's fragments, should all of them be escaped: six times what they mostly are.</summary>
    private const int MostFragmentBytes = 8 << 20;

    private const int Quotes = 2;

    private readonly byte[] _null = escaping.Null;
    private TextColumn _column = null!;
    private byte[] _fragments = [];
    private (int At, int Length)[] _places = [];
    private bool _hasFragments;

    public override int MostBytes => MostOf(_column.LongestEntry) + Overcopy.Slack;

    public override void Load(NativeColumn column)
    {
        _column = column as TextColumn ?? throw Unexpected(column);
        var most = ((long)_column.EntryCount * MostOf(0)) + ((long)escaping.MostPerByte * _column.EntryBytes) + Overcopy.Slack;
        _hasFragments = most <= MostFragmentBytes && _column.EntryCount < _column.Indexes.Length;
        if (_hasFragments)
        {
            Render((int)most);
        }
    }

    public override ref byte Write(int row, ref byte to)
    {
        var entry = _column.Indexes[row];
        if (!_hasFragments)
        {
            return ref Unsafe.Add(ref to, Write(entry, MemoryMarshal.CreateSpan(ref to, MostBytes)));
        }

        var (at, length) = _places[entry];
        return ref Overcopy.Copy(ref _fragments[at], length, ref to);
    }

    private void Render(int most)
    {
        var count = _column.EntryCount;
        if (_places.Length < count)
        {
            _places = new (int, int)[Math.Max(count, 2 * _places.Length)];
        }

        if (_fragments.Length < most)
        {
            _fragments = new byte[Math.Max(most, 2 * _fragments.Length)];
        }

        var at = 0;
        for (var entry = 0; entry < count; entry++)
        {
            var length = Write(entry, _fragments.AsSpan(at));
            _places[entry] = (at, length);
            at += length;
        }
    }

    private int Write(int entry, Span<byte> to)
    {
        lead.CopyTo(to);
        var at = lead.Length;
        if (_column.IsNull(entry))
        {
            _null.CopyTo(to[at..]);
            at += _null.Length;
        }
        else
        {
            to[at++] = (byte)'"';
            at += escaping.Write(_column.Entry(entry), to[at..]);
            to[at++] = (byte)'"';
        }

        tail.CopyTo(to[at..]);
        return at + tail.Length;
    }

    private int MostOf(int textBytes) => lead.Length + Math.Max(Quotes, _null.Length) + checked(escaping.MostPerByte * textBytes) + tail.Length;
}
