using System.Globalization;
using System.Text;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Integration.Clocks;

/// <summary>One random life of a store and its machine, with the model that it is held against.</summary>
internal sealed class ClockSequence(int seed, TimeSpan slack)
{
    private readonly Random _random = new(seed);
    private readonly SimulatedMachine _machine = new();
    private readonly StringBuilder _story = new();

    /// <summary>When each flow was acknowledged as new for the last time, in true time.</summary>
    private readonly Dictionary<FlowEvent, DateTimeOffset> _acknowledged = [];

    private readonly string _pod = FlowEvent.NewPod();
    private ClockStore _store = null!;
    private int _days;
    private int _flows;

    /// <summary>What happened.</summary>
    public string Story => _story.ToString();

    public async Task RunAsync(int operations)
    {
        _days = _random.Next(1, 4);
        Tell($"flows are kept for {_days} days");
        if (_random.Next(3) == 0)
        {
            Set();
        }

        await using (_store = await ClockStore.CreateAsync(_days, _machine))
        {
            await _store.StartAsync();
            for (var i = 0; i < operations; i++)
            {
                await OperateAsync();
                await CheckAsync();
            }

            await RunOutAsync();
        }
    }

    private Task OperateAsync() => _random.Next(12) switch
    {
        0 or 1 => SetAsync(),
        2 => RightAsync(),
        3 or 4 => PassAsync(),
        5 => RestartAsync(killed: false),
        6 => RestartAsync(killed: true),
        7 => BootAsync(),
        8 => ConfirmAsync(),
        9 => SweepAsync(),
        _ => PostAsync(),
    };

    private Task SetAsync()
    {
        Set();
        return Task.CompletedTask;
    }

    private void Set()
    {
        var to = _random.Next(6) switch
        {
            0 => DateTimeOffset.UnixEpoch - _machine.TrueTime,
            1 => TimeSpan.FromSeconds(_random.Next(-500, 500)),
            2 => TimeSpan.FromHours(_random.Next(-30, 30)),
            _ => TimeSpan.FromDays(_random.Next(-60, 60)),
        };
        _machine.IsSynchronized = false;
        _machine.Set(to);
        Tell($"the clock is set wrong by {to}");
    }

    private Task RightAsync()
    {
        _machine.IsSynchronized = _random.Next(2) == 0;
        _machine.Set(TimeSpan.Zero);
        Tell($"the clock is put right, {(_machine.IsSynchronized ? "and kept by a time server" : "by hand")}");
        return Task.CompletedTask;
    }

    private async Task PassAsync()
    {
        var time = TimeSpan.FromMinutes(_random.Next(1, 3 * 24 * 60));
        Tell($"{time} pass");
        // A server looks each second; once an hour is as good, and takes less long.
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromHours(8))
        {
            _machine.Pass(left < TimeSpan.FromHours(8) ? left : TimeSpan.FromHours(8));
            await _store.LookAsync();
        }
    }

    private async Task RestartAsync(bool killed)
    {
        Tell(killed ? "the server is killed and starts" : "the server starts again");
        await _store.EndAsync(killed);
        _machine.Pass(TimeSpan.FromMinutes(_random.Next(0, 100)));
        if (_random.Next(3) == 0)
        {
            Set();
        }

        await _store.StartAsync();
    }

    private async Task BootAsync()
    {
        await _store.EndAsync(killed: _random.Next(2) == 0);
        var off = TimeSpan.FromMinutes(_random.Next(0, 24 * 60));
        Tell($"the machine is off for {off}");
        _machine.Pass(off);
        _machine.Boot();
        if (_random.Next(2) == 0)
        {
            Set();
        }

        await _store.StartAsync();
    }

    private async Task ConfirmAsync()
    {
        Tell($"somebody confirms the clock, which is wrong by {_machine.Wrong}");
        Assert.Equal(_machine.GetUtcNow() >= TrustedClock.Earliest, await _store.Watch.ConfirmAsync(AdminInitiator.Server, default));
        await _store.LookAsync();
    }

    private async Task SweepAsync()
    {
        await _store.Watch.LookAsync(default);
        var dropped = await _store.Policy.SweepAsync(default);
        Tell($"a sweep drops {string.Join(", ", dropped.Select(partition => $"{partition.TableName} {partition.Partition}"))}");
    }

    private async Task PostAsync()
    {
        var shown = (await _store.ReadAsync()).ToHashSet();
        var known = _acknowledged.Keys.Where(_ => _random.Next(3) == 0).ToArray();
        var fresh = Enumerable.Range(_flows, _random.Next(0, 4)).Select(n => FlowEvent.Of(_pod, n)).ToArray();
        _flows += fresh.Length;
        await CountAsync([.. known, .. fresh], shown);
    }

    /// <summary>Posts flows: those that a read does not show are new, and no others.</summary>
    private async Task CountAsync(FlowEvent[] events, HashSet<string> shown)
    {
        var anew = events.Where(row => !shown.Contains(row.Uuid!)).ToArray();
        var count = await _store.PostAsync(events);
        var now = _machine.TrueTime;
        Tell($"{events.Length} flows are posted, {count} are new");
        Assert.True(anew.Length == count, $"{count} of {events.Length} flows counted as new, reads did not show {anew.Length} of them\n{Story}");
        foreach (var row in anew)
        {
            _acknowledged[row] = now;
        }
    }

    private async Task CheckAsync()
    {
        var shown = await _store.ReadAsync();
        Assert.True(shown.Length == shown.Distinct().Count(), $"a flow shows twice\n{Story}");
        var now = _machine.TrueTime;
        var missing = _acknowledged.Where(flow => now - flow.Value < TimeSpan.FromDays(_days) - slack && !shown.Contains(flow.Key.Uuid!)).ToArray();
        Assert.True(
            missing.Length == 0,
            $"{missing.Length} flows vanished, the first after {(missing.Length > 0 ? now - missing[0].Value : default)}, believed is "
            + $"{_store.Clock.GetUtcNow():O}, true {now:O}, shown since {_store.Window.OldestDay:O}\n{Story}");
        // Whatever was expired, twice the same answer.
        if (_random.Next(4) == 0)
        {
            await CountAsync([.. _acknowledged.Keys], [.. shown]);
            Assert.Equal(0, await _store.PostAsync([.. _acknowledged.Keys]));
        }
    }

    /// <summary>Once the clock is right and somebody says so, everything expires in its time: nothing is kept for ever.</summary>
    private async Task RunOutAsync()
    {
        _machine.Set(TimeSpan.Zero);
        Tell("the clock is put right and confirmed, and years pass");
        Assert.True(await _store.Watch.ConfirmAsync(AdminInitiator.Server, default));
        // Steps go 60 days ahead at most, but for those from 1970; after a hundred years there would be no dates left.
        _machine.Pass(TimeSpan.FromDays(80 * 365.25));
        await _store.LookAsync();
        Assert.Null(_store.Clock.Hold);
        var left = await _store.ReadAsync();
        Assert.True(
            left.Length == 0,
            $"{left.Length} flows are left, since {_store.Window.OldestDay:O}, "
            + $"believed is {_store.Clock.GetUtcNow():O}, true {_machine.TrueTime:O}; "
            + $"{string.Join(", ", await _store.Log.ReadAsync(default))}\n{Story}");
        Assert.Equal(_acknowledged.Count, await _store.PostAsync([.. _acknowledged.Keys]));
        Assert.Equal(_acknowledged.Count, (await _store.ReadAsync()).Length);
    }

    private void Tell(string what) => _story.Append(CultureInfo.InvariantCulture, $"  {_machine.TrueTime:MM-dd HH:mm} (wrong by {_machine.Wrong}): {what}\n");
}
