using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>Reads a whole body of Arrow's IPC format into an <see cref="EventBatch"/>. Not thread-safe; meant to be pooled.</summary>
/// <param name="options">Limits of values.</param>
/// <param name="hasher">For the rows' keys.</param>
/// <param name="taken">Told how many bytes more are held; may refuse by throwing, which ends the read.</param>
internal sealed class ArrowBodyReader(EventParserOptions options, FlowKeyHasher hasher, Action<long>? taken = null)
{
    private readonly RowFaults _faults = new();
    private readonly Dictionary<EventField, DecodedDictionary> _dictionaries = [];

    /// <summary>Reads until the body ends, adding rows to <paramref name="batch"/>.</summary>
    /// <param name="body">The body; left open.</param>
    /// <param name="batch">Takes the rows. After an exception it holds rows of the refused body: clear it.</param>
    /// <param name="maxBytes">The most that the body may come to: its messages, what they unpack to, and the rows.</param>
    /// <param name="cancellationToken">Ends the wait for more bytes.</param>
    /// <exception cref="NotArrowException">The body is no Arrow stream, or has no columns of flows.</exception>
    /// <exception cref="BodyTooLargeException">The body comes to more than <paramref name="maxBytes"/>.</exception>
    public async ValueTask ReadAsync(Stream body, EventBatch batch, long maxBytes, CancellationToken cancellationToken)
    {
        using var memory = new ArrowMemory(maxBytes, () => new BodyTooLargeException(maxBytes), taken, isPooled: true);
        using var batches = new ArrowBatches(body, memory);
        try
        {
            var columns = ArrowColumns.Of(await batches.ReadSchemaAsync(cancellationToken));
            while (await batches.ReadAsync(cancellationToken) is { } rows)
            {
                Add(rows, columns, batch, memory);
            }
        }
        finally
        {
            _dictionaries.Clear();
        }
    }

    private void Add(RecordBatch rows, ArrowColumns columns, EventBatch batch, ArrowMemory memory)
    {
        // Before anything is made of the number, which is the sender's.
        memory.Spend((long)rows.Length * EventBatch.RowBytes);
        batch.Reserve(rows.Length);
        _faults.Clear();
        var texts = ArrowDecoder.Texts(batch, memory, options.MaxFieldBytes);
        foreach (var field in RowFaults.Order)
        {
            switch (field)
            {
                case EventField.Uuid:
                    Read(field, batch.NextUuids(rows.Length), ArrowDecoder.Uuids, default, RejectReason.MissingUuid);
                    break;
                case EventField.TimeStamp:
                    Read(field, batch.NextTimes(rows.Length), ArrowDecoder.Times, default, RejectReason.MissingTime);
                    break;
                case EventField.PodPort or EventField.TrafficInOutPort:
                    Read(field, batch.NextPorts(field, rows.Length), ArrowDecoder.Ports, PortCode.Null, RejectReason.None);
                    break;
                default:
                    Read(field, batch.NextTexts(field, rows.Length), texts, TextRef.Null, RejectReason.None);
                    break;
            }
        }

        batch.AppendNext(
            rows.Length, _faults, (row, reason, field) => ArrowRow.Reject(rows, row, columns, reason, field, batch), hasher);

        void Read<T>(EventField field, Span<T> to, ArrowDecoder.Decode<T> decode, T whenNull, RejectReason reasonOfNull)
        {
            if (columns[field] < 0)
            {
                to.Fill(whenNull);
                return;
            }

            var column = Column(rows, columns[field]);
            var reasons = ArrayPool<RejectReason>.Shared.Rent(rows.Length);
            var ofRows = reasons.AsSpan(0, rows.Length);
            ofRows.Clear();
            if (column.DataType.TypeId == ArrowTypeId.Null)
            {
                to.Fill(whenNull);
                ofRows.Fill(reasonOfNull);
            }
            else if (column.DataType is DictionaryType type)
            {
                Values(field, column, decode, memory).Take(column, type, to, ofRows, whenNull, reasonOfNull);
            }
            else
            {
                decode(column, to, ofRows);
            }

            var bad = MemoryMarshal.Cast<RejectReason, int>(ofRows);
            for (var row = bad.IndexOfAnyExcept((int)RejectReason.None); row >= 0 && row < bad.Length; row++)
            {
                if (ofRows[row] != RejectReason.None)
                {
                    _faults.Add(row, ofRows[row], field);
                }
            }

            ArrayPool<RejectReason>.Shared.Return(reasons);
        }
    }

    private static ArrayData Column(RecordBatch rows, int place)
    {
        var column = place < rows.ColumnCount ? rows.Column(place).Data.Stored() : null;
        return column is not null && column.Length == rows.Length
            ? column
            : throw new NotArrowException($"Not an Arrow stream: a batch of {rows.Length} rows has {column?.Length ?? 0} of column {place}.");
    }

    /// <summary>The values of a column's dictionary, which are decoded when it is another one than before.</summary>
    private DecodedDictionary<T> Values<T>(EventField field, ArrayData column, ArrowDecoder.Decode<T> decode, ArrowMemory memory)
    {
        if (_dictionaries.GetValueOrDefault(field) is not DecodedDictionary<T> known || !known.Is(column.Dictionary))
        {
            _dictionaries[field] = known = new DecodedDictionary<T>(column.Dictionary, column.Dictionary.Stored(), decode, memory);
        }

        return known;
    }
}
