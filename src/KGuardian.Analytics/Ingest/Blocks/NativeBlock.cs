using System.Text;

namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>Writes one block of ClickHouse's Native format: row count, then each column's name, type and bytes.</summary>
internal static class NativeBlock
{
    /// <summary>The head of a block; the columns follow, each introduced by <see cref="Column"/>.</summary>
    public static byte[] Head(int columns, int rows)
    {
        var head = new ColumnBuffer();
        AppendVarInt(head, columns);
        AppendVarInt(head, rows);
        return head.Written.ToArray();
    }

    /// <summary>What precedes a column's bytes.</summary>
    public static byte[] Column(string name, string type)
    {
        var head = new ColumnBuffer();
        head.AppendText(Encoding.UTF8.GetBytes(name));
        head.AppendText(Encoding.UTF8.GetBytes(type));
        return head.Written.ToArray();
    }

    private static void AppendVarInt(ColumnBuffer buffer, int value) =>
        buffer.Advance(ColumnBuffer.WriteVarInt(buffer.Reserve(5), (uint)value));
}
