using System.Buffers;

namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>Row numbers of a batch, ascending, in a rented array.</summary>
internal struct RowList(int capacity) : IDisposable
{
    private int[]? _rows = capacity == 0 ? null : ArrayPool<int>.Shared.Rent(capacity);

    public int Count { get; private set; }

    public readonly ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    public void Add(int row) => _rows![Count++] = row;

    public void Dispose()
    {
        if (_rows is not null)
        {
            ArrayPool<int>.Shared.Return(_rows);
            _rows = null;
            Count = 0;
        }
    }
}
