using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Store;

/// <summary>
/// Rows that gather in memory and are written in batches. A batch that could not be written stays together, with its deduplication token, until that is
/// known to have worked: however often it is tried, each of its rows is stored once. How many may gather is for those to bound who add.
/// </summary>
/// <typeparam name="TRows">What holds the rows.</typeparam>
/// <param name="rows">Rows that gather first.</param>
/// <param name="spare">Rows that gather while those are written.</param>
/// <param name="count">How many rows there are.</param>
/// <param name="clear">Forgets them.</param>
/// <param name="insert">Writes them, with the given token; they do not change meanwhile.</param>
internal sealed class TableBuffer<TRows>(
    TRows rows, TRows spare, Func<TRows, int> count, Action<TRows> clear, Func<TRows, string, CancellationToken, Task> insert) : IDisposable
    where TRows : class
{
    private readonly SemaphoreSlim _writing = new(1);
    private TRows _gathering = rows;
    private TRows _unwritten = spare;
    private string _token = "";

    /// <summary>Held while <see cref="Gathering"/> is used.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Where rows are added; another object after each flush, so that it is asked for under the <see cref="Gate"/>.</summary>
    public TRows Gathering => _gathering;

    /// <summary>Rows that are not known to be written.</summary>
    public int Count
    {
        get
        {
            lock (Gate)
            {
                return count(_gathering) + count(_unwritten);
            }
        }
    }

    /// <summary>Writes what was added before the call.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take it now; it is kept.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // First what an earlier flush could not write, by itself: it has its own token.
            bool isLeftOver;
            do
            {
                lock (Gate)
                {
                    isLeftOver = count(_unwritten) > 0;
                    if (!isLeftOver)
                    {
                        (_gathering, _unwritten) = (_unwritten, _gathering);
                        _token = Guid.NewGuid().ToString("N");
                    }
                }

                if (count(_unwritten) > 0)
                {
                    await insert(_unwritten, _token, cancellationToken);
                    lock (Gate)
                    {
                        clear(_unwritten);
                    }
                }
            }
            while (isLeftOver);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Forgets what is not written.</summary>
    public async Task DiscardAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        lock (Gate)
        {
            clear(_gathering);
            clear(_unwritten);
        }

        _writing.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();
}
