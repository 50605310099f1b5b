using KGuardian.Analytics.Engine;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest;

/// <summary>
/// Brings journaled flows into ClickHouse: gathers groups into a block until it is large or old or somebody wants to read, then inserts it,
/// and tries again under the same deduplication token until ClickHouse has it. While it cannot, <see cref="Refusal"/> says so.
/// </summary>
internal sealed partial class BlockLoader : IDisposable
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(2);

    /// <summary>An insert of half a million flows takes some seconds on two cores.</summary>
    private static readonly TimeSpan InsertLimit = TimeSpan.FromSeconds(30);

    /// <summary>Several inserts' time; agents give up after 30 s.</summary>
    private static readonly TimeSpan RoomPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly ClickHouseClient _client;
    private readonly ClickHouseHealth _health;
    private readonly Journal _journal;
    private readonly IngestOptions _options;
    private readonly TimeProvider _clock;
    private readonly IngestMetrics _metrics;
    private readonly ArrivalSequence _arrivals;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _abandon = new();
    private FlowBlock _backlog = new();
    private FlowBlock _loading = new();
    private long _added;
    private long _loaded;
    private TaskCompletionSource _hurry = NewSignal();
    private TaskCompletionSource _progress = NewSignal();
    private volatile string? _failure;
    private volatile bool _stopping;
    private long? _lastLoad;
    private Task _loop = Task.CompletedTask;

    public BlockLoader(
        ClickHouseClient client, ClickHouseHealth health, Journal journal, IngestOptions options, TimeProvider clock, IngestMetrics metrics,
        ArrivalSequence arrivals, ILogger logger)
    {
        _client = client;
        _health = health;
        _journal = journal;
        _options = options;
        _clock = clock;
        _metrics = metrics;
        _arrivals = arrivals;
        _logger = logger;
    }

    /// <summary>Why no new flow is taken, however few wait; null when they are.</summary>
    public string? Refusal =>
        _failure is { } failure ? $"ClickHouse does not take flows: {failure}"
        : _health.Failure is { } away ? $"ClickHouse is away: {away}"
        : null;

    /// <summary>Flows acknowledged and not yet in ClickHouse.</summary>
    public int BacklogFlows
    {
        get
        {
            lock (_gate)
            {
                return _backlog.Rows + _loading.Rows;
            }
        }
    }

    public void Start() => _loop = Task.Run(LoadBlocksAsync);

    /// <summary>Takes over a group that is in the journal.</summary>
    public void Add(long sequence, FlowBlock block)
    {
        lock (_gate)
        {
            _backlog.Append(block);
            _added = sequence;
            if (_backlog.Rows == block.Rows)
            {
                _work.Release();
            }

            if (_backlog.Rows >= _options.LoadFlows)
            {
                _hurry.TrySetResult();
            }
        }
    }

    /// <summary>
    /// With a full backlog, holds the caller until ClickHouse has taken enough, or for a while: slowing down comes before refusing. Returns why
    /// there still is no room; null when there is. Whoever was let in may add, so that the backlog exceeds its limit by the requests under way.
    /// </summary>
    public async ValueTask<string?> WaitForRoomAsync()
    {
        Task? patience = null;
        while (BacklogFlows is var flows && flows >= _options.MaxBacklogFlows && Refusal is null)
        {
            if (patience is { IsCompleted: true })
            {
                return $"{flows} flows wait for ClickHouse (Ingest:MaxBacklogFlows = {_options.MaxBacklogFlows})";
            }

            patience ??= Task.Delay(RoomPatience, _clock);
            Task progress;
            lock (_gate)
            {
                progress = _progress.Task;
                _hurry.TrySetResult();
            }

            await Task.WhenAny(progress, patience);
        }

        return null;
    }

    /// <summary>Waits until ClickHouse has everything that was acknowledged before the call.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        long target;
        Task progress;
        lock (_gate)
        {
            target = _added;
            progress = _progress.Task;
            if (_loaded >= target)
            {
                return;
            }

            _hurry.TrySetResult();
        }

        while (true)
        {
            await progress.WaitAsync(cancellationToken);
            lock (_gate)
            {
                if (_loaded >= target)
                {
                    return;
                }

                progress = _progress.Task;
                _hurry.TrySetResult();
            }
        }
    }

    /// <summary>Loads what is left, within the time that the token gives; the rest stays in the journal for the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogLeftBehind(BacklogFlows);
        }

        _stopping = true;
        await _abandon.CancelAsync();
        _work.Release();
        await _loop;
    }

    public void Dispose()
    {
        _work.Dispose();
        _abandon.Dispose();
    }

    /// <summary>Inserts a block, once, however often it takes to be sure of it. One block at a time: the order of arrival is that of the calls.</summary>
    public async Task InsertAsync(FlowBlock block, CancellationToken cancellationToken)
    {
        // One token a block, and one numbering, for all tries: the same token never stands for different data. A try may go to another address
        // than the one before, whose outcome is unknown: the block is stored once all the same, because the addresses of one client show the
        // same data (see ClickHouseHealth.RequireSameDataAsync), and what keeps tokens is part of it: the table's own log where they lead to one
        // server, Keeper where they are replicas. There the later of two inserts under way loses, also against one on another replica.
        var first = _arrivals.Take(block.Rows);
        var insert = new ClickHouseQuery($"INSERT INTO traffic ({FlowBlock.NumberedColumnList}) FORMAT Native") { TimeLimit = InsertLimit }
            .WithSetting("insert_deduplication_token", Guid.NewGuid().ToString("N"));
        for (var backoff = FirstBackoff; ; backoff = TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, backoff.Ticks * 2)))
        {
            var started = _clock.GetTimestamp();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(InsertLimit + TimeSpan.FromSeconds(5));
            try
            {
                await _client.InsertAsync(insert, (stream, token) => block.WriteNumberedAsync(stream, first, token), limit.Token);
                _arrivals.Complete(first + block.Rows - 1);
                _metrics.InsertSeconds.Record(_clock.GetElapsedTime(started).TotalSeconds);
                _metrics.InsertFlows.Record(block.Rows);
                if (_failure is not null)
                {
                    _failure = null;
                    LogRecovered(block.Rows);
                }

                return;
            }
            catch (Exception e) when (e is ClickHouseException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                _failure = e is ClickHouseException known ? known.Text : $"no answer within {InsertLimit}";
                _metrics.InsertFailures.Add(1);
                LogInsertFailed(e, block.Rows, backoff);
            }

            await Task.Delay(backoff, _clock, cancellationToken);
        }
    }

    private async Task LoadBlocksAsync()
    {
        while (true)
        {
            await _work.WaitAsync();
            if (_stopping)
            {
                return;
            }

            Task hurry;
            lock (_gate)
            {
                hurry = _hurry.Task;
            }

            // Not a timer while idle: this runs only when something waits.
            await Task.WhenAny(hurry, Task.Delay(Gathering(), _clock, _abandon.Token));
            _lastLoad = _clock.GetTimestamp();
            long sequence;
            lock (_gate)
            {
                (_backlog, _loading) = (_loading, _backlog);
                sequence = _added;
                _hurry = NewSignal();
            }

            try
            {
                await InsertAsync(_loading, _abandon.Token);
            }
            catch (OperationCanceledException) when (_stopping)
            {
                return;
            }

            Loaded(sequence);
        }
    }

    /// <summary>How long to gather. While somebody waits for flows they come at once after a quiet time, and no more often otherwise.</summary>
    private TimeSpan Gathering() =>
        !_arrivals.IsAwaited ? _options.LoadInterval
        : _lastLoad is not { } last ? TimeSpan.Zero
        : TimeSpan.FromTicks(Math.Clamp((_options.LoadInterval - _clock.GetElapsedTime(last)).Ticks, 0, _options.LoadInterval.Ticks));

    private void Loaded(long sequence)
    {
        _journal.Release(sequence);
        lock (_gate)
        {
            _loading.Clear();
            _loaded = sequence;
            _progress.SetResult();
            _progress = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(1211, LogLevel.Error, "ClickHouse did not take {Flows} flows; they stay in the journal, next try in {Backoff}")]
    private partial void LogInsertFailed(Exception exception, int flows, TimeSpan backoff);

    [LoggerMessage(1212, LogLevel.Information, "ClickHouse takes flows again: {Flows} waiting ones are stored")]
    private partial void LogRecovered(int flows);

    [LoggerMessage(1213, LogLevel.Warning, "{Flows} flows could not be brought into ClickHouse before the end; the journal keeps them for the next start")]
    private partial void LogLeftBehind(int flows);
}
