using System.Buffers.Binary;
using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>One column of a <see cref="FlowBlock"/>, as ClickHouse's Native format has it: for texts whether each is null, then the values.</summary>
internal sealed class BlockColumn(FlowColumn column)
{
    /// <summary>What the parser calls it; <see cref="EventFieldNames.Unknown"/> for the columns that this server fills.</summary>
    private readonly EventField _field = EventFieldNames.Find(Encoding.UTF8.GetBytes(column.Name));

    public FlowColumn Column => column;

    /// <summary>A byte a row, 1 for null; null where the column has no nulls.</summary>
    public ColumnBuffer? Nulls { get; } = column.Type.IsText ? new ColumnBuffer() : null;

    /// <summary>The values, each of the type's width; texts with their length before them, the empty one for null.</summary>
    public ColumnBuffer Values { get; } = new();

    /// <summary>Bytes held.</summary>
    public int Bytes => Values.Length + (Nulls?.Length ?? 0);

    public void Clear()
    {
        Nulls?.Clear();
        Values.Clear();
    }

    /// <summary>Takes all rows of another block's column.</summary>
    public void Append(BlockColumn other)
    {
        Nulls?.Append(other.Nulls!.Written);
        Values.Append(other.Values.Written);
    }

    /// <summary>Takes rows out of a batch, or what the arrival says.</summary>
    public void Append(EventBatch batch, ReadOnlySpan<int> rows, Arrival arrival)
    {
        switch (_field)
        {
            case EventField.Uuid: AppendUuids(batch.Uuids, rows); break;
            case EventField.TimeStamp: Values.Append(batch.TimeMicros, rows); break;
            case EventField.PodPort: Values.Append(batch.PodPorts, rows); break;
            case EventField.TrafficInOutPort: Values.Append(batch.TrafficInOutPorts, rows); break;
            case EventFieldNames.Unknown when column == FlowTable.ArrivalDay && batch.OldestDay is not null: AppendDays(batch.TimeMicros, rows, arrival); break;
            case EventFieldNames.Unknown when column == FlowTable.ArrivalDay: Values.Fill(arrival.Day, rows.Length); break;
            case EventFieldNames.Unknown when column == FlowTable.Version: Values.Fill(arrival.Version, rows.Length); break;
            case >= 0 and <= EventField.Decision: AppendTexts(batch.Column(_field), batch.Text, rows); break;
            default: throw new InvalidOperationException($"nobody fills the column {column.Name} of a new flow: say so here");
        }
    }

    /// <summary>Takes the bytes of rows as they were written: the nulls of texts, then the values.</summary>
    public void Take(ReadOnlySpan<byte> bytes, int rows)
    {
        Nulls?.Append(bytes[..rows]);
        Values.Append(Nulls is null ? bytes : bytes[rows..]);
    }

    /// <summary>Rows from before the column: null, or the type's filling.</summary>
    public void Fill(int rows)
    {
        Nulls?.Fill((byte)1, rows);
        Values.Fill(column.Type.Fill, rows * Math.Max(1, column.Type.Width));
    }

    /// <summary>Whether it has as many values as there are rows, and nothing else.</summary>
    public bool IsWhole(int rows)
    {
        if (Nulls is null)
        {
            return Values.Length == (long)rows * column.Type.Width;
        }

        if (Nulls.Length != rows)
        {
            return false;
        }

        var at = 0;
        for (var row = 0; row < rows; row++)
        {
            if (at >= Values.Length || ColumnBuffer.ReadVarInt(Values.Written, ref at) is var length && length > Values.Length - at)
            {
                return false;
            }

            at += (int)length;
        }

        return at == Values.Length;
    }

    private void AppendUuids(ReadOnlySpan<UInt128> uuids, ReadOnlySpan<int> rows)
    {
        var to = Values.Reserve(rows.Length * ColumnType.Uuid.Width);
        for (var i = 0; i < rows.Length; i++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(to[(i * ColumnType.Uuid.Width)..], uuids[rows[i]]);
        }

        Values.Advance(rows.Length * ColumnType.Uuid.Width);
    }

    private void AppendDays(ReadOnlySpan<long> times, ReadOnlySpan<int> rows, Arrival arrival)
    {
        var to = Values.Reserve(rows.Length * sizeof(ushort));
        for (var i = 0; i < rows.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to[(i * sizeof(ushort))..], arrival.DayOf(times[rows[i]]));
        }

        Values.Advance(rows.Length * sizeof(ushort));
    }

    private void AppendTexts(ReadOnlySpan<TextRef> texts, ReadOnlySpan<byte> from, ReadOnlySpan<int> rows)
    {
        var length = 0;
        foreach (var row in rows)
        {
            length += Math.Max(0, texts[row].Length);
        }

        var nulls = Nulls!.Reserve(rows.Length);
        // A length below 2^31 takes five bytes at most.
        var values = Values.Reserve(length + (5 * rows.Length));
        var at = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var text = texts[rows[i]];
            nulls[i] = text.IsNull ? (byte)1 : (byte)0;
            if (text.IsNull)
            {
                values[at++] = 0;
                continue;
            }

            at += ColumnBuffer.WriteVarInt(values[at..], (uint)text.Length);
            from.Slice(text.Offset, text.Length).CopyTo(values[at..]);
            at += text.Length;
        }

        Nulls.Advance(rows.Length);
        Values.Advance(at);
    }
}
