using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Ingest;

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

    public void AppendByte(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    public void AppendInt32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Reserve(sizeof(int)), value);
        Length += sizeof(int);
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
