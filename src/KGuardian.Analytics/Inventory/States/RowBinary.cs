using System.Buffers.Binary;
using System.Text;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Inventory.States;

/// <summary>
/// Values as ClickHouse's RowBinary has them on the way in, and Native on the way out. A text of BinaryWriter's own is already one.
/// </summary>
internal static class RowBinary
{
    /// <summary>Writes a Nullable(String).</summary>
    public static void WriteNullable(this BinaryWriter to, string? text)
    {
        to.Write(text is null);
        if (text is not null)
        {
            to.Write(text);
        }
    }

    /// <summary>Writes bytes as a String; none as the empty one.</summary>
    public static void WriteText(this BinaryWriter to, byte[]? utf8)
    {
        to.Write7BitEncodedInt(utf8?.Length ?? 0);
        to.Write(utf8 ?? []);
    }

    /// <summary>A row's number of 64 bits.</summary>
    public static long Int64(this NativeColumn column, int row) =>
        BinaryPrimitives.ReadInt64LittleEndian(((FixedColumn)column).Values[(row * sizeof(long))..]);

    /// <summary>A row's number of 8 bits.</summary>
    public static sbyte Int8(this NativeColumn column, int row) => (sbyte)((FixedColumn)column).Values[row];

    /// <summary>A row's text; null for null.</summary>
    public static string? Text(this NativeColumn column, int row)
    {
        var texts = (TextColumn)column;
        var entry = texts.Indexes[row];
        return texts.IsNull(entry) ? null : Encoding.UTF8.GetString(texts.Entry(entry));
    }

    /// <summary>A row's text as bytes; null for the empty one.</summary>
    public static byte[]? Bytes(this NativeColumn column, int row)
    {
        var texts = (TextColumn)column;
        var text = texts.Entry(texts.Indexes[row]);
        return text.IsEmpty ? null : text.ToArray();
    }
}
