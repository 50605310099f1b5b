using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>The growing bytes of one column, in ClickHouse's Native layout.</summary>
internal sealed class ColumnBuffer
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Room for <paramref name="count"/> more bytes; <see cref="Advance"/> takes what was written.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            // Doubling, and never less than a page: 4 KiB.
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(4096L, Math.Max(2L * _bytes.Length, (long)Length + count))));
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>The values of some rows of <paramref name="from"/>.</summary>
    public void Append<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> rows)
        where T : unmanaged
    {
        var bytes = rows.Length * Unsafe.SizeOf<T>();
        var to = MemoryMarshal.Cast<byte, T>(Reserve(bytes)[..bytes]);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = from[rows[i]];
        }

        Length += bytes;
    }

    /// <summary>One value, <paramref name="count"/> times.</summary>
    public void Fill<T>(T value, int count)
        where T : unmanaged
    {
        var bytes = count * Unsafe.SizeOf<T>();
        MemoryMarshal.Cast<byte, T>(Reserve(bytes)[..bytes]).Fill(value);
        Length += bytes;
    }

    /// <summary>A length (LEB128, as ClickHouse writes it) and the bytes.</summary>
    public void AppendText(ReadOnlySpan<byte> text)
    {
        // A length below 2^31 takes five bytes at most.
        var room = Reserve(text.Length + 5);
        var at = WriteVarInt(room, (uint)text.Length);
        text.CopyTo(room[at..]);
        Length += at + text.Length;
    }

    /// <summary>Takes some rows of another column.</summary>
    /// <param name="from">The other column.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="width">Bytes of a value: 1, 2, 4, 8 or 16; 0 for texts.</param>
    /// <param name="ends">Where each text of the other column ends; see <see cref="FindTextEnds"/>.</param>
    public void Gather(ColumnBuffer from, ReadOnlySpan<int> rows, int width, ReadOnlySpan<int> ends)
    {
        switch (width)
        {
            case 0: GatherTexts(from.Written, rows, ends); break;
            case 1: Append(from.Written, rows); break;
            case 2: Append(MemoryMarshal.Cast<byte, ushort>(from.Written), rows); break;
            case 4: Append(MemoryMarshal.Cast<byte, uint>(from.Written), rows); break;
            case 8: Append(MemoryMarshal.Cast<byte, ulong>(from.Written), rows); break;
            case 16: Append(MemoryMarshal.Cast<byte, UInt128>(from.Written), rows); break;
            default: throw new ArgumentOutOfRangeException(nameof(width), width, "no width of a column");
        }
    }

    /// <summary>Says where each row of a column of texts ends.</summary>
    public void FindTextEnds(Span<int> ends)
    {
        var at = 0;
        var bytes = Written;
        foreach (ref var end in ends)
        {
            var length = (int)ReadVarInt(bytes, ref at);
            end = at += length;
        }
    }

    private void GatherTexts(ReadOnlySpan<byte> from, ReadOnlySpan<int> rows, ReadOnlySpan<int> ends)
    {
        var bytes = 0;
        foreach (var row in rows)
        {
            bytes += ends[row] - BeginOf(row, ends);
        }

        var target = Reserve(bytes);
        foreach (var row in rows)
        {
            var text = from[BeginOf(row, ends)..ends[row]];
            text.CopyTo(target);
            target = target[text.Length..];
        }

        Length += bytes;
    }

    private static int BeginOf(int row, ReadOnlySpan<int> ends) => row == 0 ? 0 : ends[row - 1];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteVarInt(Span<byte> to, uint value)
    {
        var at = 0;
        while (value >= 0x80)
        {
            to[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        to[at++] = (byte)value;
        return at;
    }

    public static uint ReadVarInt(ReadOnlySpan<byte> from, ref int at)
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = from[at++];
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
