using System.Threading.Channels;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Time.Testing;

namespace KGuardian.Analytics.Tests.Unit.Store;

/// <summary>The clock is the test's: no round comes of itself.</summary>
public sealed class PeriodicWorkerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new();
    private readonly Channel<int> _rounds = Channel.CreateUnbounded<int>();
    private int _count;

    [Fact]
    public async Task Rounds_come_after_the_interval_each()
    {
        await using var worker = New();
        worker.Start();

        await UntilAsync(1);
        await UntilAsync(2);
    }

    [Fact]
    public async Task First_round_comes_at_once_where_asked_for()
    {
        await using var worker = New(atOnce: true);
        worker.Start();

        Assert.Equal(1, await _rounds.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Wake_brings_the_next_round_without_time_passing_and_twice_is_once()
    {
        var began = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var worker = New(round: async () =>
        {
            began.TrySetResult();
            await go.Task;
        });
        worker.Wake();
        worker.Start();
        await began.Task;
        // During a round: one more is behind it, and no third.
        worker.Wake();
        worker.Wake();
        go.SetResult();

        Assert.Equal(1, await _rounds.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, await _rounds.Reader.ReadAsync(TestContext.Current.CancellationToken));
        await worker.StopAsync();
        Assert.False(_rounds.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Round_that_the_store_fails_is_told_and_the_next_one_comes()
    {
        var told = new List<string>();
        var fails = true;
        await using var worker = New(round: () => fails ? throw new StoreNotReadyException("not yet") : Task.CompletedTask, failed: e =>
        {
            told.Add(e.Message);
            fails = false;
        });
        worker.Start();

        await UntilAsync(1);
        Assert.Equal(["not yet"], told);
    }

    [Fact]
    public async Task Stop_cancels_the_round_under_way_and_waits_for_it()
    {
        var ended = false;
        var began = new TaskCompletionSource();
        var worker = new PeriodicWorker(Interval, async cancellationToken =>
        {
            began.SetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            finally
            {
                ended = true;
            }
        }, _ => { }, _clock)
        { BeginsAtOnce = true };
        worker.Start();
        await began.Task;

        await worker.StopAsync();

        Assert.True(ended);
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task Mistake_of_ours_comes_out_of_stop()
    {
        var worker = New(atOnce: true, round: () => throw new InvalidOperationException("ours"));
        worker.Start();

        await Assert.ThrowsAsync<InvalidOperationException>(worker.StopAsync);
    }

    [Fact]
    public async Task Worker_that_was_never_started_stops() => await New().DisposeAsync();

    private PeriodicWorker New(bool atOnce = false, Func<Task>? round = null, Action<Exception>? failed = null) => new(
        Interval,
        async _ =>
        {
            await (round?.Invoke() ?? Task.CompletedTask);
            _rounds.Writer.TryWrite(++_count);
        },
        failed ?? (_ => { }), _clock)
    {
        BeginsAtOnce = atOnce,
    };

    /// <summary>Lets time pass until the round is done: the worker may not have begun to wait yet.</summary>
    private async Task UntilAsync(int round)
    {
        var next = _rounds.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        while (!next.IsCompleted)
        {
            _clock.Advance(Interval);
            await Task.WhenAny(next, Task.Delay(1, TestContext.Current.CancellationToken));
        }

        Assert.Equal(round, await next);
    }
}
