using System.Threading.Channels;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Inventory.States;

/// <summary>
/// A log of states in ClickHouse and its present state in memory. Changes of many are gathered and written in one insert (group commit); each is in
/// effect once it is durable, in the order in which they came, and not at all when it could not be written. Safe for concurrent use.
/// </summary>
/// <typeparam name="TDirectory">The present state.</typeparam>
/// <typeparam name="TState">A row.</typeparam>
internal sealed class StateLog<TDirectory, TState> : IAsyncDisposable
    where TDirectory : class, IStateDirectory<TDirectory, TState>
    where TState : IState
{
    /// <summary>Changes that wait; more are refused.</summary>
    private const int MostWaiting = 10_000;

    private const int RowsPerGroup = 5_000;
    private const int BytesPerGroup = 16 << 20;
    private const int RowsPerLoad = 10_000;

    /// <summary>An insert costs some 7 ms of ClickHouse's CPU time, whatever its size: what comes within this time goes with the next one.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>How long a post waits. Agents give up after 30 s.</summary>
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(5);

    private readonly Channel<StateChange<TDirectory, TState>> _changes =
        Channel.CreateBounded<StateChange<TDirectory, TState>>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly StateTable<TState> _table;
    private readonly StateWriter<TState> _writer;
    private readonly StateFollower<TState>? _follower;
    private readonly StateSequence _sequence;
    private readonly TimeProvider _clock;
    private readonly TDirectory _empty;
    private volatile TDirectory? _current;
    private Task _loop = Task.CompletedTask;

    /// <summary>A log that is not loaded yet.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="empty">A directory of nothing.</param>
    /// <param name="writer">Writes rows.</param>
    /// <param name="follower">Finds what other servers wrote; null where there are none.</param>
    /// <param name="clock">The believed time.</param>
    public StateLog(StateTable<TState> table, TDirectory empty, StateWriter<TState> writer, StateFollower<TState>? follower, TimeProvider clock)
    {
        _table = table;
        _empty = empty;
        _writer = writer;
        _follower = follower;
        _clock = clock;
        _sequence = new StateSequence(clock);
    }

    /// <summary>Told of states that this server wrote, once they are there; must not block.</summary>
    public Action<IReadOnlyCollection<TState>> Written { get; init; } = _ => { };

    /// <summary>The present state.</summary>
    /// <exception cref="StoreNotReadyException">It is not loaded yet.</exception>
    public TDirectory Current => _current ?? throw new StoreNotReadyException("pods and services have not been loaded yet");

    /// <summary>Whether it is loaded.</summary>
    public bool IsLoaded => _current is not null;

    /// <summary>Reads the present state, and begins to take changes; once.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsLoaded)
        {
            return;
        }

        _follower?.Begin();
        var directory = _empty;
        var rows = new List<TState>();
        await foreach (var row in _table.ReadCurrentAsync(cancellationToken))
        {
            rows.Add(row);
            _sequence.GoBehind(row.Sequence);
            if (rows.Count == RowsPerLoad)
            {
                directory = directory.With(rows);
                rows.Clear();
            }
        }

        _current = directory.With(rows);
        _loop = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Carries out a change; it is durable and in effect when this returns.</summary>
    /// <param name="subject">What it is about, see <see cref="IState.Subject"/>.</param>
    /// <param name="decide">What is to be written, given what is by then of the subject.</param>
    /// <param name="cancellationToken">Ends the wait; whether the change was carried out is not known then.</param>
    /// <exception cref="InventoryUnavailableException">It cannot be written now.</exception>
    /// <exception cref="ClickHouseException">ClickHouse does not take it.</exception>
    /// <exception cref="StoreNotReadyException">The log is not loaded yet.</exception>
    public async Task ChangeAsync(string subject, Func<TDirectory, StateSequence, IReadOnlyList<TState>> decide, CancellationToken cancellationToken)
    {
        _ = Current;
        var change = new StateChange<TDirectory, TState>(subject, decide);
        if (!_changes.Writer.TryWrite(change))
        {
            throw new InventoryUnavailableException($"more than {MostWaiting} posts wait for ClickHouse, or the server ends");
        }

        try
        {
            await change.Done.WaitAsync(WaitLimit, _clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new InventoryUnavailableException(
                change.TryTake() ? $"ClickHouse was busy with what came before for {WaitLimit}"
                    : $"ClickHouse has not confirmed it within {WaitLimit}");
        }
    }

    /// <summary>Takes over what other servers wrote; nothing where there are none.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (_follower is not null && _current is not null)
        {
            var rows = await _follower.ReadNewAsync(cancellationToken);
            Apply(rows);
        }
    }

    /// <summary>Forgets what had ended before a time, in microseconds since 1970; from the table, too, where it is this server's part.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task SweepAsync(long before, bool deletes, CancellationToken cancellationToken)
    {
        if (deletes)
        {
            await _table.DeleteEndedAsync(before, cancellationToken);
        }

        lock (_gate)
        {
            _current = Current.WithoutEndedBefore(before);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _changes.Writer.TryComplete();
        await _stop.CancelAsync();
        await _loop;
        while (_changes.Reader.TryRead(out var change))
        {
            change.Fail(new InventoryUnavailableException("the server ends"));
        }

        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _changes.Reader.WaitToReadAsync(_stop.Token))
            {
                if (await CommitGroupAsync())
                {
                    await Task.Delay(Pause, _clock, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
            return;
        }
    }

    /// <summary>Carries out the changes that wait; returns whether that took a write.</summary>
    private async Task<bool> CommitGroupAsync()
    {
        var group = new List<StateChange<TDirectory, TState>>();
        var rows = new List<TState>();
        try
        {
            if (_writer.IsUncertain)
            {
                // A write of which nobody knows whether it came through: what is decided next must know.
                var found = await _writer.FindWrittenAsync(_table, _stop.Token);
                Apply(found);
                Written(found);
            }

            Gather(group, rows);
            if (rows.Count > 0)
            {
                await _writer.WriteAsync(_table, rows, _stop.Token);
                _follower?.Know(rows);
                Apply(rows);
                Written(rows);
            }

            group.ForEach(change => change.Complete());
        }
        catch (Exception e)
        {
            // Whoever waits answers with it, and the next group is another try.
            var reason = e is OperationCanceledException ? new InventoryUnavailableException("the server ends") : e;
            // Also those that found nothing to write: they may have been decided by what is not there now. And those that were not looked at.
            while (group.Count < MostWaiting && _changes.Reader.TryRead(out var change))
            {
                group.Add(change);
            }

            group.ForEach(change => change.Fail(reason));
        }

        return rows.Count > 0;
    }

    /// <summary>Decides changes in their order, each by what those before it lead to.</summary>
    private void Gather(List<StateChange<TDirectory, TState>> group, List<TState> rows)
    {
        var directory = Current;
        var applied = 0;
        var subjects = new HashSet<string>(StringComparer.Ordinal);
        long bytes = 0;
        while (rows.Count < RowsPerGroup && bytes < BytesPerGroup && _changes.Reader.TryRead(out var change))
        {
            if (!change.TryTake())
            {
                continue;
            }

            try
            {
                if (subjects.Contains(change.Subject))
                {
                    directory = directory.With(rows[applied..]);
                    applied = rows.Count;
                    subjects.Clear();
                }

                var written = change.Decide(directory, _sequence);
                group.Add(change);
                if (written.Count > 0)
                {
                    rows.AddRange(written);
                    bytes += written.Sum(row => (long)row.Bytes);
                    subjects.UnionWith(written.Select(row => row.Subject));
                }
            }
            catch (InventoryUnavailableException e)
            {
                change.Fail(e);
            }
        }
    }

    private void Apply(IReadOnlyCollection<TState> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            _current = Current.With(rows);
            _sequence.GoBehind(rows.Max(row => row.Sequence));
        }
    }
}
