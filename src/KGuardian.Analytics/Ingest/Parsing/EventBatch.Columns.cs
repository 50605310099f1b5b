using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <content>Rows that come column by column: the columns of rows to come are filled, and then the rows are added.</content>
internal sealed partial class EventBatch
{
    /// <summary>
    /// Bytes of a row beside its texts: uuid and key of 16, time of 8, two ports of 4, seven places of texts of 8.
    /// </summary>
    internal const int RowBytes = 16 + 16 + 8 + (2 * 4) + (TextColumns * 8);

    /// <summary>Makes room for rows to come.</summary>
    internal void Reserve(int rows)
    {
        if (Count + rows > _uuids.Length)
        {
            Resize(Math.Max(Count + rows, 2 * _uuids.Length));
        }
    }

    /// <summary>A text column of rows to come, for which there is room.</summary>
    internal Span<TextRef> NextTexts(EventField field, int rows) => _texts[(int)field].AsSpan(Count, rows);

    /// <summary>A column of ports of rows to come.</summary>
    internal Span<int> NextPorts(EventField field, int rows) => (field == EventField.PodPort ? _podPorts : _trafficInOutPorts).AsSpan(Count, rows);

    /// <summary>The uuids of rows to come.</summary>
    internal Span<UInt128> NextUuids(int rows) => _uuids.AsSpan(Count, rows);

    /// <summary>The times of rows to come.</summary>
    internal Span<long> NextTimes(int rows) => _times.AsSpan(Count, rows);

    /// <summary>Adds texts, several at once; answers where they begin.</summary>
    /// <exception cref="InvalidOperationException">The texts of one batch would exceed 2 GB.</exception>
    internal int AddText(ReadOnlySpan<byte> text)
    {
        var at = _textLength;
        text.CopyTo(FreeText(text.Length)[at..]);
        _textLength += text.Length;
        return at;
    }

    /// <summary>Adds the rows whose columns were filled.</summary>
    /// <param name="rows">How many there are.</param>
    /// <param name="faults">Those that cannot be stored.</param>
    /// <param name="reject">Rejects one of them.</param>
    /// <param name="hasher">For their keys.</param>
    internal void AppendNext(int rows, RowFaults faults, Action<int, RejectReason, EventField> reject, FlowKeyHasher hasher)
    {
        var first = Count;
        for (var row = 0; row < rows; row++)
        {
            if (faults.Any && faults.TryGet(row, out var reason, out var field))
            {
                reject(row, reason, field);
                continue;
            }

            var (from, to) = (first + row, Count);
            if (from != to)
            {
                Move(from, to);
            }

            if (_times[to] == TimestampText.Unknown)
            {
                _timeless.Add(to);
            }

            _keys[to] = hasher.Hash(
                _text,
                _texts[(int)EventField.PodIp][to],
                _texts[(int)EventField.TrafficType][to],
                _texts[(int)EventField.TrafficInOutIp][to],
                _texts[(int)EventField.IpProtocol][to],
                _texts[(int)EventField.Decision][to],
                _podPorts[to],
                _trafficInOutPorts[to]);
            Count++;
        }
    }

    private void Move(int from, int to)
    {
        _uuids[to] = _uuids[from];
        _times[to] = _times[from];
        _podPorts[to] = _podPorts[from];
        _trafficInOutPorts[to] = _trafficInOutPorts[from];
        foreach (var column in _texts)
        {
            column[to] = column[from];
        }
    }
}
