using System.IO.Pipelines;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Server.Api.Flows;

namespace KGuardian.Analytics.Tests.Unit.Server.Api;

/// <summary>What a tail writes while nothing comes.</summary>
public sealed class TailWriterTests
{
    private readonly CursorSigner _signer = new([1, 2, 3]);

    [Fact]
    public async Task Heartbeats_come_while_nothing_else_does_and_carry_the_place()
    {
        var pipe = new Pipe();
        var begin = TailCursor.Begin(FlowFilter.Everything, DateTimeOffset.UtcNow, 5);
        var writer = new TailWriter(pipe.Writer, _signer, begin, new HastyClock(), CancellationToken.None);
        var nothing = new TaskCompletionSource<bool>();
        writer.PassOver(7);

        var waiting = writer.WaitAsync(new ValueTask<bool>(nothing.Task)).AsTask();
        using var reader = new StreamReader(pipe.Reader.AsStream());
        for (var beat = 0; beat < 3; beat++)
        {
            Assert.Equal(": heartbeat", await reader.ReadLineAsync().WaitAsync(Patience.Limit));
            var id = await reader.ReadLineAsync().WaitAsync(Patience.Limit);
            Assert.Equal(7, _signer.ReadTail(id!["id: ".Length..], DateTimeOffset.UtcNow).Sequence);
            Assert.Equal("", await reader.ReadLineAsync().WaitAsync(Patience.Limit));
        }

        nothing.SetResult(true);
        Assert.True(await waiting.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task Failure_of_what_is_waited_for_is_thrown_also_a_time_out_of_its_own()
    {
        var writer = new TailWriter(
            new Pipe().Writer, _signer, TailCursor.Begin(FlowFilter.Everything, DateTimeOffset.UtcNow, 5), TimeProvider.System, CancellationToken.None);
        var failing = new TaskCompletionSource<bool>();
        var waiting = writer.WaitAsync(new ValueTask<bool>(failing.Task)).AsTask();

        failing.SetException(new TimeoutException("its own"));

        Assert.Equal("its own", (await Assert.ThrowsAsync<TimeoutException>(() => waiting.WaitAsync(Patience.Limit))).Message);
    }

    /// <summary>A clock whose timers need not be waited for.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime / 1000, period);
    }
}
