using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Loading;

/// <summary>
/// Brings journaled flows into ClickHouse: gathers groups into a block until it is large or old or somebody wants to read, then inserts it, each shard's
/// part at the same time, until all shards have theirs. While one does not, <see cref="Refusal"/> says so.
/// </summary>
internal sealed partial class BlockLoader : IDisposable
{
    /// <summary>Several inserts' time; agents give up after 30 s.</summary>
    private static readonly TimeSpan RoomPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly ClickHouseCluster _cluster;
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
    private ShardWriter[] _writers = [];
    private FlowBlock[] _parts = [];
    private volatile bool _stopping;
    private long? _lastLoad;
    private Task _loop = Task.CompletedTask;

    public BlockLoader(
        ClickHouseCluster cluster, ClickHouseHealth health, Journal journal, IngestOptions options, TimeProvider clock, IngestMetrics metrics,
        ArrivalSequence arrivals, ILogger logger)
    {
        _cluster = cluster;
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
        Failure is { } failure ? $"ClickHouse does not take flows: {failure}"
        : _health.Failure is { } away ? $"ClickHouse is away: {away}"
        : null;

    private string? Failure => _writers.Select(writer => writer.Failure).FirstOrDefault(failure => failure is not null);

    /// <summary>The last place in the order of arrival that is wholly in ClickHouse.</summary>
    public long HighWatermark => _arrivals.HighWatermark;

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
        // One numbering for all tries.
        var first = _arrivals.Allocate(block.Rows);
        var next = first;
        var inserts = new List<Task>();
        foreach (var (writer, part) in Divide(block))
        {
            if (part.Rows > 0)
            {
                inserts.Add(writer.InsertAsync(part, next, cancellationToken));
                next += part.Rows;
            }
        }

        await Task.WhenAll(inserts);
        _arrivals.Advance(first + block.Rows - 1);
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

    private IEnumerable<(ShardWriter Writer, FlowBlock Part)> Divide(FlowBlock block)
    {
        var shards = _cluster.Shards;
        if (_writers.Length == 0)
        {
            _writers = [.. shards.Select((shard, i) => new ShardWriter(shards.Count == 1 ? "" : $"Shard {i + 1}: ", shard, _clock, _metrics, _logger))];
        }

        if (shards.Count == 1)
        {
            return [(_writers[0], block)];
        }

        if (_parts.Length == 0)
        {
            _parts = [.. shards.Select(_ => new FlowBlock())];
        }

        foreach (var part in _parts)
        {
            part.Clear();
        }

        block.Divide(_parts);
        return _writers.Zip(_parts);
    }

    /// <summary>How long to gather. While somebody waits for flows they come at once after a quiet time, and no more often otherwise.</summary>
    private TimeSpan Gathering() =>
        !_arrivals.IsAwaited ? _options.LoadInterval
        : _lastLoad is not { } last ? TimeSpan.Zero
        : TimeSpan.FromTicks(Math.Clamp((_options.LoadInterval - _clock.GetElapsedTime(last)).Ticks, 0, _options.LoadInterval.Ticks));

    private void Loaded(long sequence)
    {
        _journal.TruncateBefore(sequence);
        lock (_gate)
        {
            _loading.Clear();
            _loaded = sequence;
            _progress.SetResult();
            _progress = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(1213, LogLevel.Warning, "{Flows} flows could not be brought into ClickHouse before the end; the journal keeps them for the next start")]
    private partial void LogLeftBehind(int flows);
}
