using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Store;

/// <summary>
/// Does something again and again until it is stopped: every interval, or sooner when woken. A round that ClickHouse fails is told and tried again with the
/// next one; any other exception is a mistake of ours and comes out of <see cref="StopAsync"/>.
/// </summary>
/// <param name="interval">From the end of a round to the next one.</param>
/// <param name="round">One round.</param>
/// <param name="failed">Counts or logs a round that ClickHouse failed.</param>
/// <param name="clock">Waits.</param>
internal sealed class PeriodicWorker(TimeSpan interval, Func<CancellationToken, Task> round, Action<Exception> failed, TimeProvider clock) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _woken = new(0, 1);
    private Task? _loop;

    /// <summary>At least this long between rounds, however often it is woken. Default none.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Whether the first round begins at once, and not after the interval.</summary>
    public bool BeginsAtOnce { get; init; }

    /// <summary>Begins; once it has, nothing: a start of the store that ClickHouse failed is done again from its begin.</summary>
    public void Start() => _loop ??= Task.Run(RunAsync);

    /// <summary>Lets the next round begin now, or, during a round, right behind it.</summary>
    public void Wake()
    {
        // Woken already is woken.
        lock (_woken)
        {
            if (_woken.CurrentCount == 0)
            {
                _woken.Release();
            }
        }
    }

    /// <summary>Ends the round under way by its token and waits for it. Safe to call again.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await (_loop ?? Task.CompletedTask);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _woken.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            if (!BeginsAtOnce)
            {
                await WaitAsync();
            }

            while (true)
            {
                try
                {
                    await round(_stop.Token);
                }
                catch (Exception e) when (e is ClickHouseException or StoreNotReadyException)
                {
                    failed(e);
                }

                await WaitAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
            return;
        }
    }

    private async Task WaitAsync()
    {
        if (Pause > TimeSpan.Zero)
        {
            await Task.Delay(Pause, clock, _stop.Token);
        }

        // The timer of the tests' clocks, which SemaphoreSlim's own wait does not know.
        using var sooner = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var woken = _woken.WaitAsync(sooner.Token);
        await Task.WhenAny(woken, Task.Delay(interval > Pause ? interval - Pause : TimeSpan.Zero, clock, sooner.Token));
        await sooner.CancelAsync();
        await Task.WhenAny(woken);
        _stop.Token.ThrowIfCancellationRequested();
    }
}
