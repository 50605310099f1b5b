using System.Runtime.InteropServices;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>Keys of stored flows with the days of their arrival, as they come from ClickHouse; filled again and again.</summary>
internal sealed class StoredKeyBlock
{
    private const int MaxRows = 16 * 1024;
    private const int KeyBytes = 16;
    private const int RowBytes = KeyBytes + sizeof(ushort);

    private readonly byte[] _bytes = new byte[MaxRows * RowBytes];
    private readonly FlowKey[] _keys = new FlowKey[MaxRows];
    private readonly ushort[] _days = new ushort[MaxRows];
    private int _rows;

    /// <summary>The keys.</summary>
    public ReadOnlySpan<FlowKey> Keys => _keys.AsSpan(0, _rows);

    /// <summary>Their arrival days, in days since 1970.</summary>
    public ReadOnlySpan<ushort> Days => _days.AsSpan(0, _rows);

    /// <summary>Takes the next ones; false when there are none.</summary>
    /// <exception cref="InvalidDataException">The rows end in the middle of one.</exception>
    public async ValueTask<bool> ReadAsync(Stream from, CancellationToken cancellationToken)
    {
        var read = await from.ReadAtLeastAsync(_bytes, _bytes.Length, throwOnEndOfStream: false, cancellationToken);
        if (read % RowBytes != 0)
        {
            throw new InvalidDataException($"ClickHouse sent {read} bytes of keys, which are not whole rows of {RowBytes} bytes");
        }

        _rows = read / RowBytes;
        for (var row = 0; row < _rows; row++)
        {
            _keys[row] = MemoryMarshal.Read<FlowKey>(_bytes.AsSpan(row * RowBytes));
            _days[row] = MemoryMarshal.Read<ushort>(_bytes.AsSpan((row * RowBytes) + KeyBytes));
        }

        return _rows > 0;
    }
}
