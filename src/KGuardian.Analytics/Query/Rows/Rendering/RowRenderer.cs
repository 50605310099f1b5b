using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>Writes the rows of blocks of raw columns, one after the other.</summary>
internal sealed class RowRenderer
{
    private readonly ColumnRenderer[] _columns;
    private int _rows;
    private int _row;

    /// <param name="text">What is around values.</param>
    /// <param name="columns">The columns of blocks.</param>
    /// <param name="zone">What is behind times.</param>
    public RowRenderer(RowText text, IReadOnlyList<FlowColumn> columns, string zone) =>
        _columns = [.. columns.Select((column, i) =>
            ColumnRenderer.Of(column.Type, text.Leads[i], i == columns.Count - 1 ? text.Tail : [], text.Escaping, zone))];

    /// <summary>Whether all rows of the block are written.</summary>
    public bool IsDone => _row == _rows;

    /// <summary>Most bytes of a row of the block, and room behind them.</summary>
    public int MostBytes { get; private set; }

    /// <summary>Takes the next block, whose columns are valid until all of it is written.</summary>
    public void Load(NativeReader block)
    {
        (_row, _rows) = (0, block.Rows);
        if (_rows == 0)
        {
            return;
        }

        if (block.Columns.Count != _columns.Length)
        {
            throw new InvalidOperationException($"{block.Columns.Count} columns came, {_columns.Length} were asked for");
        }

        MostBytes = 0;
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].Load(block.Columns[i]);
            MostBytes = checked(MostBytes + _columns[i].MostBytes);
        }
    }

    /// <summary>Writes as many rows as surely fit, and returns their bytes: 0 when <paramref name="to"/> is shorter than <see cref="MostBytes"/>.</summary>
    public int Write(Span<byte> to)
    {
        if (to.Length < MostBytes)
        {
            return 0;
        }

        ref var begin = ref MemoryMarshal.GetReference(to);
        ref var last = ref Unsafe.Add(ref begin, to.Length - MostBytes);
        ref var at = ref begin;
        while (_row < _rows && !Unsafe.IsAddressGreaterThan(ref at, ref last))
        {
            foreach (var column in _columns)
            {
                at = ref column.Write(_row, ref at);
            }

            _row++;
        }

        return (int)Unsafe.ByteOffset(ref begin, ref at);
    }
}
