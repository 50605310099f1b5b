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
    public const string ColumnList =
        "uuid, pod_name, pod_namespace, pod_ip, ip_protocol, traffic_type, traffic_in_out_ip, decision, "
        + "pod_port, traffic_in_out_port, time_stamp, arrival_day, version";

    /// <summary>The same as the structure of a temporary table.</summary>
    public const string Structure =
        "uuid FixedString(16), pod_name Nullable(String), pod_namespace Nullable(String), pod_ip Nullable(String), "
        + "ip_protocol Nullable(String), traffic_type Nullable(String), traffic_in_out_ip Nullable(String), decision Nullable(String), "
        + "pod_port Int32, traffic_in_out_port Int32, time_stamp DateTime64(6, 'UTC'), arrival_day Date, version UInt32";

    /// <summary>The columns of an insert with each row's place in the order of arrival.</summary>
    public const string NumberedColumnList = ColumnList + ", sequence";

    private const string Text = "Nullable(String)";
    private const int ColumnCount = 13;

    private static readonly (EventField Column, byte[] Head)[] TextColumns =
    [
        (EventField.PodName, NativeBlock.Column("pod_name", Text)),
        (EventField.PodNamespace, NativeBlock.Column("pod_namespace", Text)),
        (EventField.PodIp, NativeBlock.Column("pod_ip", Text)),
        (EventField.IpProtocol, NativeBlock.Column("ip_protocol", Text)),
        (EventField.TrafficType, NativeBlock.Column("traffic_type", Text)),
        (EventField.TrafficInOutIp, NativeBlock.Column("traffic_in_out_ip", Text)),
        (EventField.Decision, NativeBlock.Column("decision", Text)),
    ];

    private static readonly byte[] UuidHead = NativeBlock.Column("uuid", "FixedString(16)");

    /// <summary>Fixed-width columns after the text ones, with their width in bytes.</summary>
    private static readonly (byte[] Head, int Width)[] FixedColumns =
    [
        (NativeBlock.Column("pod_port", "Int32"), sizeof(int)),
        (NativeBlock.Column("traffic_in_out_port", "Int32"), sizeof(int)),
        (NativeBlock.Column("time_stamp", "DateTime64(6, 'UTC')"), sizeof(long)),
        (NativeBlock.Column("arrival_day", "Date"), sizeof(ushort)),
        (NativeBlock.Column("version", "UInt32"), sizeof(uint)),
    ];

    private static readonly byte[] SequenceHead = NativeBlock.Column("sequence", "UInt64");

    /// <summary>Sequence numbers made at a time: 64 KiB.</summary>
    private const int NumbersAtATime = (64 << 10) / sizeof(long);

    private const int UuidWidth = 16;
    private const int KeyWidth = 16;

    /// <summary>Bytes of a value in each of all buffers; 0 for texts.</summary>
    private static readonly int[] Widths =
        [KeyWidth, UuidWidth, .. TextColumns.Select(_ => 1), .. TextColumns.Select(_ => 0), .. FixedColumns.Select(column => column.Width)];

    private readonly ColumnBuffer _keys = new();
    private readonly ColumnBuffer _uuids = new();
    private readonly ColumnBuffer[] _nulls = [.. TextColumns.Select(_ => new ColumnBuffer())];
    private readonly ColumnBuffer[] _texts = [.. TextColumns.Select(_ => new ColumnBuffer())];
    private readonly ColumnBuffer[] _fixed = [.. FixedColumns.Select(_ => new ColumnBuffer())];
    private readonly ColumnBuffer[] _all;

    public FlowBlock() => _all = [_keys, _uuids, .. _nulls, .. _texts, .. _fixed];

    /// <summary>Flows held.</summary>
    public int Rows { get; private set; }

    /// <summary>The dedup keys, one a row.</summary>
    public ReadOnlySpan<FlowKey> Keys => MemoryMarshal.Cast<byte, FlowKey>(_keys.Written);

    /// <summary>The arrival days, one a row, in days since 1970.</summary>
    public ReadOnlySpan<ushort> Days => MemoryMarshal.Cast<byte, ushort>(_fixed[3].Written);

    /// <summary>The latest arrival of its rows, to the second; null without rows.</summary>
    public DateTimeOffset? NewestArrival
    {
        get
        {
            // The lowest version is the latest arrival: see Arrival.
            var lowest = uint.MaxValue;
            foreach (var version in MemoryMarshal.Cast<byte, uint>(_fixed[4].Written))
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
            var bytes = 0L;
            foreach (var buffer in _all)
            {
                bytes += buffer.Length;
            }

            return bytes;
        }
    }

    /// <summary>Forgets the rows, keeps the buffers.</summary>
    public void Clear()
    {
        foreach (var buffer in _all)
        {
            buffer.Clear();
        }

        Rows = 0;
    }

    /// <summary>Takes rows out of a batch, stamped with their arrival.</summary>
    public void Append(EventBatch batch, ReadOnlySpan<int> rows, Arrival arrival)
    {
        var keys = MemoryMarshal.Cast<byte, FlowKey>(_keys.Reserve(rows.Length * KeyWidth));
        var uuids = _uuids.Reserve(rows.Length * UuidWidth);
        var podPorts = MemoryMarshal.Cast<byte, int>(_fixed[0].Reserve(rows.Length * sizeof(int)));
        var peerPorts = MemoryMarshal.Cast<byte, int>(_fixed[1].Reserve(rows.Length * sizeof(int)));
        var times = MemoryMarshal.Cast<byte, long>(_fixed[2].Reserve(rows.Length * sizeof(long)));
        var days = MemoryMarshal.Cast<byte, ushort>(_fixed[3].Reserve(rows.Length * sizeof(ushort)));
        var versions = MemoryMarshal.Cast<byte, uint>(_fixed[4].Reserve(rows.Length * sizeof(uint)));
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            keys[i] = batch.Keys[row];
            BinaryPrimitives.WriteUInt128BigEndian(uuids[(i * UuidWidth)..], batch.Uuids[row]);
            podPorts[i] = batch.PodPorts[row];
            peerPorts[i] = batch.TrafficInOutPorts[row];
            times[i] = batch.TimeMicros[row];
            days[i] = arrival.Day;
            versions[i] = arrival.Version;
        }

        _keys.Advance(rows.Length * KeyWidth);
        _uuids.Advance(rows.Length * UuidWidth);
        for (var i = 0; i < FixedColumns.Length; i++)
        {
            _fixed[i].Advance(rows.Length * FixedColumns[i].Width);
        }

        for (var i = 0; i < TextColumns.Length; i++)
        {
            AppendText(batch.Column(TextColumns[i].Column), batch.Text, rows, _nulls[i], _texts[i]);
        }

        Rows += rows.Length;
    }

    /// <summary>Takes all rows of another block.</summary>
    public void Append(FlowBlock other)
    {
        for (var i = 0; i < _all.Length; i++)
        {
            _all[i].Append(other._all[i].Written);
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
        for (var column = 0; column < _all.Length; column++)
        {
            if (Widths[column] == 0)
            {
                _all[column].FindTextEnds(ends.AsSpan(0, Rows));
            }

            for (var part = 0; part < parts.Length; part++)
            {
                parts[part]._all[column].Gather(_all[column], rows[part].Rows, Widths[column], ends);
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
    public Task WriteAsync(Stream to, CancellationToken cancellationToken) => WriteColumnsAsync(to, ColumnCount, cancellationToken);

    /// <summary>The same with the column <c>sequence</c>, in which the rows count up from <paramref name="first"/>.</summary>
    public async Task WriteNumberedAsync(Stream to, long first, CancellationToken cancellationToken)
    {
        await WriteColumnsAsync(to, ColumnCount + 1, cancellationToken);
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
        await to.WriteAsync(UuidHead, cancellationToken);
        await to.WriteAsync(_uuids.WrittenMemory, cancellationToken);
        for (var i = 0; i < TextColumns.Length; i++)
        {
            await to.WriteAsync(TextColumns[i].Head, cancellationToken);
            await to.WriteAsync(_nulls[i].WrittenMemory, cancellationToken);
            await to.WriteAsync(_texts[i].WrittenMemory, cancellationToken);
        }

        for (var i = 0; i < FixedColumns.Length; i++)
        {
            await to.WriteAsync(FixedColumns[i].Head, cancellationToken);
            await to.WriteAsync(_fixed[i].WrittenMemory, cancellationToken);
        }
    }

    /// <summary>Bytes that <see cref="Save"/> writes.</summary>
    public int SavedBytes => checked((int)(Bytes + ((_all.Length + 1) * sizeof(int))));

    /// <summary>Writes the block with its keys for the journal: row count, then each buffer with its length.</summary>
    public void Save(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, Rows);
        var at = sizeof(int);
        foreach (var buffer in _all)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to[at..], buffer.Length);
            buffer.Written.CopyTo(to[(at + sizeof(int))..]);
            at += sizeof(int) + buffer.Length;
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static FlowBlock Load(ReadOnlySpan<byte> from)
    {
        try
        {
            var block = new FlowBlock { Rows = BinaryPrimitives.ReadInt32LittleEndian(from) };
            var at = sizeof(int);
            foreach (var buffer in block._all)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(from[at..]);
                buffer.Append(from.Slice(at + sizeof(int), length));
                at += sizeof(int) + length;
            }

            return at == from.Length && block.IsWhole()
                ? block
                : throw new InvalidDataException($"a journal record of {from.Length} bytes does not hold {block.Rows} flows");
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("a journal record ends before its columns do", e);
        }
    }

    /// <summary>Whether every column has as many values as there are rows.</summary>
    private bool IsWhole()
    {
        if (_keys.Length != (long)Rows * KeyWidth || _uuids.Length != (long)Rows * UuidWidth
            || _nulls.Any(nulls => nulls.Length != Rows)
            || _fixed.Index().Any(column => column.Item.Length != (long)Rows * FixedColumns[column.Index].Width))
        {
            return false;
        }

        foreach (var text in _texts)
        {
            var at = 0;
            for (var row = 0; row < Rows; row++)
            {
                if (at >= text.Length || ColumnBuffer.ReadVarInt(text.Written, ref at) is var length && length > text.Length - at)
                {
                    return false;
                }

                at += (int)length;
            }

            if (at != text.Length)
            {
                return false;
            }
        }

        return true;
    }

    private static void AppendText(
        ReadOnlySpan<TextRef> column, ReadOnlySpan<byte> text, ReadOnlySpan<int> rows, ColumnBuffer nulls, ColumnBuffer values)
    {
        var length = 0;
        foreach (var row in rows)
        {
            length += Math.Max(0, column[row].Length);
        }

        var nullBytes = nulls.Reserve(rows.Length);
        var valueBytes = values.Reserve(length + (5 * rows.Length));
        var at = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var value = column[rows[i]];
            var isNull = value.Length < 0;
            nullBytes[i] = isNull ? (byte)1 : (byte)0;
            if (isNull)
            {
                valueBytes[at++] = 0;
                continue;
            }

            at += ColumnBuffer.WriteVarInt(valueBytes[at..], (uint)value.Length);
            text.Slice(value.Offset, value.Length).CopyTo(valueBytes[at..]);
            at += value.Length;
        }

        nulls.Advance(rows.Length);
        values.Advance(at);
    }
}
