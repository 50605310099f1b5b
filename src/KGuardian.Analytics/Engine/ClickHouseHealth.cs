using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Engine;

/// <summary>Asks ClickHouse, each shard of it, for a sign of life every second, so that others know at once whether it is there.</summary>
public sealed partial class ClickHouseHealth(ClickHouseCluster cluster, TimeProvider clock, ILogger<ClickHouseHealth> logger) : IAsyncDisposable
{
    private const string Whole = "ClickHouse";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A busy server on two cores answers a SELECT 1 within some 100 ms; a frozen one never does.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private volatile string? _failure;
    private volatile string _awayPart = Whole;
    private Task _loop = Task.CompletedTask;

    /// <summary>Why ClickHouse does not answer; null while it does.</summary>
    public string? Failure => _failure;

    /// <summary>What does not answer: ClickHouse, or the shard of it that was away last.</summary>
    public string AwayPart => _awayPart;

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
        var failures = await Task.WhenAll(cluster.Parts.Select(part => FindFailureAsync(part.Name ?? Whole, part.Client)));
        var first = failures.FirstOrDefault(failure => failure is not null);
        if (first is null && _failure is not null)
        {
            (_failure, _awayPart) = (null, Whole);
            LogBack(cluster.Front.Endpoint);
        }
        else if (first is { } away)
        {
            if (_failure is null)
            {
                LogAway(away.Endpoint, away.Text);
            }

            _awayPart = away.Part;
            _failure = away.Part == Whole ? away.Reason : $"{away.Part} at {away.Endpoint.Url}: {away.Reason}";
        }
    }

    private async Task<Away?> FindFailureAsync(string part, ClickHouseClient client)
    {
        try
        {
            await client.PingAsync(Limit, _stop.Token);
            return null;
        }
        catch (ClickHouseException e)
        {
            return new Away(part, client.Endpoint, e.Text, e.Message);
        }
    }

    [LoggerMessage(1120, LogLevel.Error, "ClickHouse at {Endpoint} does not answer: {Reason}")]
    private partial void LogAway(ClickHouseEndpoint endpoint, string reason);

    [LoggerMessage(1121, LogLevel.Information, "ClickHouse at {Endpoint} answers again")]
    private partial void LogBack(ClickHouseEndpoint endpoint);

    private sealed record Away(string Part, ClickHouseEndpoint Endpoint, string Reason, string Text);
}
