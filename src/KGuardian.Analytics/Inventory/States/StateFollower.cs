using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Inventory.States;

/// <summary>
/// Finds the states that other servers wrote: all numbers of the last minute that are not known here. The minute is for what was numbered before it
/// was there, and for clocks that differ. Safe for concurrent use.
/// </summary>
/// <typeparam name="TState">A row.</typeparam>
/// <param name="table">The rows.</param>
/// <param name="clock">The believed time.</param>
internal sealed class StateFollower<TState>(StateTable<TState> table, TimeProvider clock) : IDisposable
    where TState : IState
{
    /// <summary>Numbers are part of a request's address, which has a limit.</summary>
    public const int RowsPerRead = 2_000;

    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _reading = new(1);
    private readonly StateSequence _now = new(clock);
    private readonly HashSet<long> _known = [];
    private long _from;

    /// <summary>What is there by now is about to be read.</summary>
    public void Begin() => _from = Floor();

    /// <summary>What this server wrote itself need not be read.</summary>
    public void Know(IEnumerable<TState> rows)
    {
        lock (_reading)
        {
            _known.UnionWith(rows.Select(row => row.Sequence));
        }
    }

    /// <summary>The states that were not known.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; the next call finds them.</exception>
    public async Task<IReadOnlyList<TState>> ReadNewAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            // Of an outage nothing is missed: it begins a minute before the last time that it succeeded.
            var next = Floor();
            var listed = await table.ListAsync(Math.Min(_from, next), cancellationToken);
            long[] unknown;
            lock (_reading)
            {
                unknown = [.. listed.Where(number => !_known.Contains(number))];
            }

            var rows = new List<TState>();
            foreach (var some in unknown.Chunk(RowsPerRead))
            {
                await foreach (var row in table.ReadAsync(some, cancellationToken))
                {
                    rows.Add(row);
                }
            }

            lock (_reading)
            {
                _known.UnionWith(unknown);
                _known.RemoveWhere(number => number < next);
                _from = next;
            }

            return rows;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    private long Floor() => StateSequence.FloorOf(_now.NowMicros - (Overlap.Ticks / TimeSpan.TicksPerMicrosecond));
}
