using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>Ports, as <see cref="PortCode"/> has them.</summary>
internal sealed class PortRenderer(byte[] lead, byte[] tail, TextEscaping escaping) : ColumnRenderer
{
    private const int Ports = 65536;

    private readonly byte[] _quoted = Overcopy.Padded([.. lead, (byte)'"']);
    private readonly byte[] _null = Overcopy.Padded([.. lead, .. escaping.Null, .. tail]);
    private readonly byte[] _end = Overcopy.Padded([(byte)'"', .. tail]);
    private int[] _codes = [];
    private int _mostZeros;

    public override int MostBytes => _quoted.Length + _mostZeros + 5 + _null.Length + _end.Length;

    public override void Load(NativeColumn column)
    {
        var values = Values(column, sizeof(int));
        var rows = values.Length / sizeof(int);
        if (_codes.Length < rows)
        {
            _codes = new int[rows];
        }

        values.CopyTo(MemoryMarshal.AsBytes(_codes.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(_codes, _codes);
        }

        var most = 0;
        foreach (var code in _codes.AsSpan(0, rows))
        {
            most = Math.Max(most, code);
        }

        _mostZeros = most / Ports;
    }

    public override ref byte Write(int row, ref byte to)
    {
        var code = _codes[row];
        if (code == PortCode.Null)
        {
            return ref Overcopy.Copy(ref _null[0], lead.Length + escaping.Null.Length + tail.Length, ref to);
        }

        ref var at = ref Overcopy.Copy(ref _quoted[0], lead.Length + 1, ref to);
        if ((uint)code < Ports)
        {
            at = ref Digits.Write((uint)code, ref at);
        }
        else if (code != PortCode.Empty)
        {
            at = ref WriteZeros(code / Ports, ref at);
            at = ref Digits.Write((uint)code % Ports, ref at);
        }

        return ref Overcopy.Copy(ref _end[0], 1 + tail.Length, ref at);
    }

    /// <summary>A code that nobody writes, below <see cref="PortCode.Empty"/>, has none.</summary>
    private static ref byte WriteZeros(int zeros, ref byte to)
    {
        if (zeros <= 0)
        {
            return ref to;
        }

        MemoryMarshal.CreateSpan(ref to, zeros).Fill((byte)'0');
        return ref Unsafe.Add(ref to, zeros);
    }
}
