using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>
/// New flows, column by column as ClickHouse's Native format wants them, so that a block goes to the journal and to ClickHouse as it
/// lies in memory. Reused; not safe for concurrent use.
/// </summary>
internal sealed class FlowBlock
{
    /// <summary>The columns of an insert, in the order of <see cref="WriteAsync"/>.</summary>
    public static readonly string ColumnList = FlowTable.Names(FlowTable.Stored);

    /// <summary>The same as the structure of a temporary table.</summary>
    public static readonly string Structure = string.Join(", ", FlowTable.Stored.Select(column => $"{column.Name} {column.Type.Sql}"));

    /// <summary>The columns of an insert with each row's place in the order of arrival.</summary>
    public static readonly string NumberedColumnList = FlowTable.Names([.. FlowTable.Stored, FlowTable.Sequence]);

    private static readonly byte[][] Heads = [.. FlowTable.Stored.Select(column => NativeBlock.Column(column.Name, column.Type.Sql))];
    private static readonly byte[] SequenceHead = NativeBlock.Column(FlowTable.Sequence.Name, FlowTable.Sequence.Type.Sql);

    /// <summary>Sequence numbers made at a time: 64 KiB.</summary>
    private const int NumbersAtATime = (64 << 10) / sizeof(long);

    /// <summary>Bytes of a <see cref="FlowKey"/>.</summary>
    private const int KeyWidth = 16;

    private readonly BlockColumn[] _columns = [.. FlowTable.Stored.Select(column => new BlockColumn(column))];
    private readonly ColumnBuffer _days;
    private readonly ColumnBuffer _versions;

    public FlowBlock()
    {
        _days = Of(FlowTable.ArrivalDay);
        _versions = Of(FlowTable.Version);
        ColumnBuffer Of(FlowColumn column) => _columns.Single(held => held.Column == column).Values;
    }

    /// <summary>Flows held.</summary>
    public int Rows { get; private set; }

    /// <summary>The dedup keys, one a row.</summary>
    public ReadOnlySpan<FlowKey> Keys => MemoryMarshal.Cast<byte, FlowKey>(KeyBytes.Written);

    /// <summary>The arrival days, one a row, in days since 1970.</summary>
    public ReadOnlySpan<ushort> Days => MemoryMarshal.Cast<byte, ushort>(_days.Written);

    /// <summary>The columns, in the order of <see cref="FlowTable.Stored"/>.</summary>
    public IReadOnlyList<BlockColumn> Columns => _columns;

    /// <summary>The dedup keys' bytes.</summary>
    public ColumnBuffer KeyBytes { get; } = new();

    /// <summary>The latest arrival of its rows, to the second; null without rows.</summary>
    public DateTimeOffset? NewestArrival
    {
        get
        {
            // The lowest version is the latest arrival: see Arrival.
            var lowest = uint.MaxValue;
            foreach (var version in MemoryMarshal.Cast<byte, uint>(_versions.Written))
            {
                lowest = Math.Min(lowest, version);
            }

            return Rows == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(uint.MaxValue - lowest);
        }
    }

    /// <summary>Bytes held.</summary>
    public long Bytes
    {
        get
        {
            long bytes = KeyBytes.Length;
            foreach (var column in _columns)
            {
                bytes += column.Bytes;
            }

            return bytes;
        }
    }

    /// <summary>A block of rows that were written before. A column that is not among them was not there yet.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="keys">The dedup keys.</param>
    /// <param name="columns">Bytes by the column's name: of texts whether each is null, then the values.</param>
    /// <exception cref="InvalidDataException">They are not as many as there are rows.</exception>
    /// <exception cref="ArgumentException">A column has fewer bytes than rows.</exception>
    public static FlowBlock Restore(int rows, ReadOnlySpan<byte> keys, IReadOnlyDictionary<string, byte[]> columns)
    {
        // Before anything of that size is made.
        if (keys.Length != (long)rows * KeyWidth)
        {
            throw new InvalidDataException($"{keys.Length} bytes of keys are not those of {rows} flows");
        }

        var block = new FlowBlock { Rows = rows };
        block.KeyBytes.Append(keys);
        foreach (var column in block._columns)
        {
            if (columns.TryGetValue(column.Column.Name, out var bytes))
            {
                column.Take(bytes, rows);
            }
            else
            {
                column.Fill(rows);
            }

            if (!column.IsWhole(rows))
            {
                throw new InvalidDataException($"the column {column.Column.Name} does not hold {rows} values");
            }
        }

        return block;
    }

    /// <summary>Forgets the rows, keeps the buffers.</summary>
    public void Clear()
    {
        KeyBytes.Clear();
        foreach (var column in _columns)
        {
            column.Clear();
        }

        Rows = 0;
    }

    /// <summary>Takes rows out of a batch, stamped with their arrival.</summary>
    public void Append(EventBatch batch, ReadOnlySpan<int> rows, Arrival arrival)
    {
        KeyBytes.Append(batch.Keys, rows);
        foreach (var column in _columns)
        {
            column.Append(batch, rows, arrival);
        }

        Rows += rows.Length;
    }

    /// <summary>Takes all rows of another block.</summary>
    public void Append(FlowBlock other)
    {
        KeyBytes.Append(other.KeyBytes.Written);
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].Append(other._columns[i]);
        }

        Rows += other.Rows;
    }

    /// <summary>The rows for which <paramref name="keep"/>, given key and arrival day, says so, as a new block.</summary>
    public FlowBlock Where(Func<FlowKey, ushort, bool> keep)
    {
        var kept = new FlowBlock();
        Divide([kept], row => keep(Keys[row], Days[row]) ? 0 : -1);
        return kept;
    }

    /// <summary>Adds each row to the part of its shard.</summary>
    public void Divide(ReadOnlySpan<FlowBlock> parts)
    {
        var shards = parts.Length;
        Divide(parts, row => ShardKey.ShardOf(Keys[row].Lo, shards));
    }

    /// <summary>Adds each row to the part of the given number; a negative one is none.</summary>
    private void Divide(ReadOnlySpan<FlowBlock> parts, Func<int, int> partOf)
    {
        var rows = new RowList[parts.Length];
        for (var part = 0; part < rows.Length; part++)
        {
            rows[part] = new RowList(Rows);
        }

        for (var row = 0; row < Rows; row++)
        {
            if (partOf(row) is >= 0 and var part)
            {
                rows[part].Add(row);
            }
        }

        // Column by column, and part by part: row by row would write to more places at a time than caches hold.
        var ends = ArrayPool<int>.Shared.Rent(Rows);
        for (var part = 0; part < parts.Length; part++)
        {
            parts[part].KeyBytes.Gather(KeyBytes, rows[part].Rows, KeyWidth, []);
        }

        for (var i = 0; i < _columns.Length; i++)
        {
            var column = _columns[i];
            if (column.Nulls is not null)
            {
                column.Values.FindTextEnds(ends.AsSpan(0, Rows));
            }

            for (var part = 0; part < parts.Length; part++)
            {
                var to = parts[part]._columns[i];
                to.Nulls?.Gather(column.Nulls!, rows[part].Rows, 1, []);
                to.Values.Gather(column.Values, rows[part].Rows, column.Column.Type.Width, ends);
            }
        }

        for (var part = 0; part < parts.Length; part++)
        {
            parts[part].Rows += rows[part].Count;
            rows[part].Dispose();
        }

        ArrayPool<int>.Shared.Return(ends);
    }

    /// <summary>Writes the block in the Native format.</summary>
    public Task WriteAsync(Stream to, CancellationToken cancellationToken) => WriteColumnsAsync(to, _columns.Length, cancellationToken);

    /// <summary>The same with the column <c>sequence</c>, in which the rows count up from <paramref name="first"/>.</summary>
    public async Task WriteNumberedAsync(Stream to, long first, CancellationToken cancellationToken)
    {
        await WriteColumnsAsync(to, _columns.Length + 1, cancellationToken);
        await to.WriteAsync(SequenceHead, cancellationToken);
        var numbers = new byte[Math.Min(Rows, NumbersAtATime) * sizeof(long)];
        for (var row = 0; row < Rows; row += NumbersAtATime)
        {
            var count = Math.Min(NumbersAtATime, Rows - row);
            for (var i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(numbers.AsSpan(i * sizeof(long)), first + row + i);
            }

            await to.WriteAsync(numbers.AsMemory(0, count * sizeof(long)), cancellationToken);
        }
    }

    private async Task WriteColumnsAsync(Stream to, int columns, CancellationToken cancellationToken)
    {
        await to.WriteAsync(NativeBlock.Head(columns, Rows), cancellationToken);
        for (var i = 0; i < _columns.Length; i++)
        {
            await to.WriteAsync(Heads[i], cancellationToken);
            if (_columns[i].Nulls is { } nulls)
            {
                await to.WriteAsync(nulls.WrittenMemory, cancellationToken);
            }

            await to.WriteAsync(_columns[i].Values.WrittenMemory, cancellationToken);
        }
    }
}
