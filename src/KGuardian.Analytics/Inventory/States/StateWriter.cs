using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Inventory.States;

/// <summary>
/// Writes groups of states, each once. One that certainly failed is an error; one of which nobody knows is tried again, with the same token, until it
/// is known. One writer of a log, never two at once.
/// </summary>
/// <typeparam name="TState">A row.</typeparam>
/// <param name="kind">What the states are of, for the log.</param>
/// <param name="clock">Pauses.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class StateWriter<TState>(string kind, TimeProvider clock, InventoryMetrics metrics, ILogger logger)
    where TState : IState
{
    private static readonly TimeSpan InsertLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(2);

    private IReadOnlyCollection<long> _uncertain = [];
    private bool _isFailing;

    /// <summary>Whether the last write may have come through although it failed.</summary>
    public bool IsUncertain => _uncertain.Count > 0;

    /// <summary>Writes rows.</summary>
    /// <exception cref="ClickHouseException">They were not written; <see cref="IsUncertain"/> says whether some may be there all the
    /// same.</exception>
    public async Task WriteAsync(StateTable<TState> table, IReadOnlyCollection<TState> rows, CancellationToken cancellationToken)
    {
        var token = Guid.NewGuid().ToString("N");
        var mayBeThere = false;
        for (var backoff = FirstBackoff; ; backoff = TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, backoff.Ticks * 2)))
        {
            var started = clock.GetTimestamp();
            try
            {
                await table.InsertAsync(rows, token, InsertLimit, cancellationToken);
                metrics.WriteSeconds.Record(clock.GetElapsedTime(started).TotalSeconds);
                metrics.WriteRows.Record(rows.Count);
                if (_isFailing)
                {
                    _isFailing = false;
                    LogRecovered(kind);
                }

                return;
            }
            catch (ClickHouseException e)
            {
                metrics.WriteFailures.Add(1);
                if (!_isFailing)
                {
                    _isFailing = true;
                    LogFailed(kind, rows.Count, e.Message);
                }

                mayBeThere |= e.Failure == ClickHouseFailure.Unknown;
                if (e.Failure == ClickHouseFailure.Refused || !mayBeThere)
                {
                    _uncertain = mayBeThere ? [.. rows.Select(row => row.Sequence)] : [];
                    throw;
                }
            }

            await Task.Delay(backoff, clock, cancellationToken);
        }
    }

    /// <summary>What is there of the write that <see cref="IsUncertain"/> is about.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed: it stays uncertain.</exception>
    public async Task<IReadOnlyList<TState>> FindWrittenAsync(StateTable<TState> table, CancellationToken cancellationToken)
    {
        var found = new List<TState>();
        foreach (var some in _uncertain.Chunk(StateFollower<TState>.RowsPerRead))
        {
            await foreach (var row in table.ReadAsync(some, cancellationToken))
            {
                found.Add(row);
            }
        }

        _uncertain = [];
        return found;
    }

    [LoggerMessage(1701, LogLevel.Error, "ClickHouse did not take {Rows} states of {Kind}; posts of them get 503 until it does: {Reason}")]
    private partial void LogFailed(string kind, int rows, string reason);

    [LoggerMessage(1702, LogLevel.Information, "ClickHouse takes states of {Kind} again")]
    private partial void LogRecovered(string kind);
}
