using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>Uuids, whose bytes are in the order of their text.</summary>
internal sealed class UuidRenderer(byte[] lead, byte[] tail) : ColumnRenderer
{
    private const int TextLength = 36;

    private readonly byte[] _quoted = Overcopy.Padded([.. lead, (byte)'"']);
    private readonly byte[] _end = Overcopy.Padded([(byte)'"', .. tail]);
    private FixedColumn _column = null!;

    public override int MostBytes => _quoted.Length + TextLength + _end.Length;

    public override void Load(NativeColumn column) =>
        _column = column is FixedColumn { } values && values.Width == ColumnType.Uuid.Width ? values : throw Unexpected(column);

    public override ref byte Write(int row, ref byte to)
    {
        ref var at = ref Overcopy.Copy(ref _quoted[0], lead.Length + 1, ref to);
        var uuid = new Guid(_column.Values.Slice(row * ColumnType.Uuid.Width, ColumnType.Uuid.Width), bigEndian: true);
        uuid.TryFormat(MemoryMarshal.CreateSpan(ref at, TextLength), out _);
        return ref Overcopy.Copy(ref _end[0], 1 + tail.Length, ref Unsafe.Add(ref at, TextLength));
    }
}
