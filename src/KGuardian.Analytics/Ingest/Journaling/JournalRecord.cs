using System.Buffers.Binary;
using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;

namespace KGuardian.Analytics.Ingest.Journaling;

/// <summary>
/// A <see cref="FlowBlock"/> in a record of the journal: the number of rows and of columns, then each column's name and type (as Native writes them, a length
/// before each), the length of its bytes, and these. The first column is the dedup key, which the table does not have. A record that names its columns is read
/// by a later version, which has more of them; schema/README.md has the layout byte for byte.
/// </summary>
internal static class JournalRecord
{
    private const string KeyName = "key";

    private static readonly ColumnType KeyType = new("FixedString(16)", 16);
    private static readonly byte[] KeyHead = NativeBlock.Column(KeyName, KeyType.Sql);
    private static readonly byte[][] Heads = [.. FlowTable.Stored.Select(column => NativeBlock.Column(column.Name, column.Type.Sql))];

    /// <summary>What a record has beside the values: the two numbers, heads, and a length each.</summary>
    private static readonly int FrameBytes = (2 * sizeof(int)) + KeyHead.Length + sizeof(int) + Heads.Sum(head => head.Length + sizeof(int));

    /// <summary>What 0.1.0 wrote, without names: the key, uuid, whether each text is null, the texts, and the rest.</summary>
    private static readonly string[] FirstTexts =
        ["pod_name", "pod_namespace", "pod_ip", "ip_protocol", "traffic_type", "traffic_in_out_ip", "decision"];

    private static readonly string[] FirstNumbers = ["pod_port", "traffic_in_out_port", "time_stamp", "arrival_day", "version"];

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public static int BytesOf(FlowBlock block) => checked((int)(block.Bytes + FrameBytes));

    /// <summary>Writes a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="to">As many bytes as <see cref="BytesOf"/> says.</param>
    public static void Write(FlowBlock block, Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, block.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(to[sizeof(int)..], block.Columns.Count + 1);
        to = to[(2 * sizeof(int))..];
        Add(ref to, KeyHead);
        AddLength(ref to, block.KeyBytes.Length);
        Add(ref to, block.KeyBytes.Written);
        for (var i = 0; i < Heads.Length; i++)
        {
            var column = block.Columns[i];
            Add(ref to, Heads[i]);
            AddLength(ref to, column.Bytes);
            Add(ref to, column.Nulls is { } nulls ? nulls.Written : []);
            Add(ref to, column.Values.Written);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote, here or in another version.</summary>
    /// <exception cref="InvalidDataException">It is something else, or has a column that this version does not know.</exception>
    public static FlowBlock Read(ReadOnlySpan<byte> from) => Read(from, TakeNamed);

    /// <summary>Reads what 0.1.0 wrote: the number of rows, then each buffer with its length.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static FlowBlock ReadFirst(ReadOnlySpan<byte> from) => Read(from, TakeFirst);

    private static FlowBlock Read(ReadOnlySpan<byte> from, TakeColumns takeColumns)
    {
        try
        {
            var rows = TakeNumber(ref from);
            var columns = takeColumns(ref from);
            return !from.IsEmpty ? throw new InvalidDataException($"a journal record has {from.Length} bytes behind its last column")
                : columns.Remove(KeyName, out var keys) ? FlowBlock.Restore(rows, keys, columns)
                : throw new InvalidDataException("a journal record has no keys");
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("a journal record ends before its columns do", e);
        }
    }

    private static Dictionary<string, byte[]> TakeNamed(ref ReadOnlySpan<byte> from)
    {
        var columns = new Dictionary<string, byte[]>();
        for (var left = TakeNumber(ref from); left > 0; left--)
        {
            var (name, type) = (TakeText(ref from), TakeText(ref from));
            var known = name == KeyName ? KeyType : FlowTable.Stored.FirstOrDefault(column => column.Name == name)?.Type;
            if (known?.Sql != type)
            {
                throw new InvalidDataException($"a journal record has the column {name} {type}, which this version does not know: a later one wrote it");
            }

            if (!columns.TryAdd(name, TakeColumn(ref from)))
            {
                throw new InvalidDataException($"a journal record has the column {name} twice");
            }
        }

        return columns;
    }

    private static Dictionary<string, byte[]> TakeFirst(ref ReadOnlySpan<byte> from)
    {
        var columns = new Dictionary<string, byte[]>();
        foreach (var name in new[] { KeyName, "uuid" }.Concat(FirstTexts))
        {
            columns[name] = TakeColumn(ref from);
        }

        foreach (var text in FirstTexts)
        {
            columns[text] = [.. columns[text], .. TakeColumn(ref from)];
        }

        foreach (var name in FirstNumbers)
        {
            columns[name] = TakeColumn(ref from);
        }

        return columns;
    }

    private static void Add(ref Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to);
        to = to[bytes.Length..];
    }

    private static void AddLength(ref Span<byte> to, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, length);
        to = to[sizeof(int)..];
    }

    private static int TakeNumber(ref ReadOnlySpan<byte> from) => BinaryPrimitives.ReadInt32LittleEndian(Take(ref from, sizeof(int)));

    private static string TakeText(ref ReadOnlySpan<byte> from)
    {
        var at = 0;
        var length = ColumnBuffer.ReadVarInt(from, ref at);
        from = from[at..];
        return Encoding.UTF8.GetString(Take(ref from, checked((int)length)));
    }

    private static byte[] TakeColumn(ref ReadOnlySpan<byte> from) => Take(ref from, TakeNumber(ref from)).ToArray();

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> from, int bytes)
    {
        var taken = from[..bytes];
        from = from[bytes..];
        return taken;
    }

    /// <summary>Takes the bytes of each column, by name.</summary>
    private delegate Dictionary<string, byte[]> TakeColumns(ref ReadOnlySpan<byte> from);
}
