using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Engine;

/// <summary>Asks ClickHouse for a sign of life every second, so that others know at once whether it is there.</summary>
public sealed partial class ClickHouseHealth(ClickHouseClient client, TimeProvider clock, ILogger<ClickHouseHealth> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A busy server on two cores answers a SELECT 1 within some 100 ms; a frozen one never does.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private volatile string? _failure;
    private Task _loop = Task.CompletedTask;

    /// <summary>Why ClickHouse does not answer; null while it does.</summary>
    public string? Failure => _failure;

    /// <summary>Begins to watch.</summary>
    public void Start() => _loop = Task.Run(WatchAsync);

    /// <summary>Takes somebody else's word that ClickHouse is away; the next sign of life ends it.</summary>
    public void Report(string failure) => _failure = failure;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, clock);
            do
            {
                await CheckAsync();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The regular end.
            return;
        }
    }

    private async Task CheckAsync()
    {
        try
        {
            await client.PingAsync(Limit, _stop.Token);
            if (_failure is not null)
            {
                _failure = null;
                LogBack(client.Endpoint);
            }
        }
        catch (ClickHouseException e)
        {
            if (_failure is null)
            {
                LogAway(client.Endpoint, e.Message);
            }

            _failure = e.Text;
        }
    }

    [LoggerMessage(1120, LogLevel.Error, "ClickHouse at {Endpoint} does not answer: {Reason}")]
    private partial void LogAway(ClickHouseEndpoint endpoint, string reason);

    [LoggerMessage(1121, LogLevel.Information, "ClickHouse at {Endpoint} answers again")]
    private partial void LogBack(ClickHouseEndpoint endpoint);
}
