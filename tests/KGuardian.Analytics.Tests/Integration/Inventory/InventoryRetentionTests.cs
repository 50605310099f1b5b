using KGuardian.Analytics.Inventory.Syscalls;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Inventory;

/// <summary>What ended before the window goes; what is alive stays, with the state that it had when the window begins.</summary>
public sealed class InventoryRetentionTests() : DatabaseTest(isMigrated: true)
{
    [Fact]
    public async Task States_go_when_they_had_ended_before_the_window_and_no_pod_that_is_alive_ever_does()
    {
        var clock = new ShiftedClock();
        var window = new RetentionWindow(30);
        await using var inventory = await RunningInventory.StartAsync(Database, window: window, clock: clock);
        // Day 0: one that stays as it is, one that moves twice, one that ends at once, one that ends later.
        await inventory.PutAsync(RunningInventory.Pod(1));
        await inventory.PutAsync(RunningInventory.Pod(2, ip: "10.0.0.1"));
        await inventory.PutAsync(RunningInventory.Pod(2, ip: "10.0.0.2"));
        await inventory.PutAsync(RunningInventory.Pod(3));
        await inventory.EndAsync("pod-0003");
        await inventory.PutAsync(RunningInventory.Pod(4));
        await inventory.Tier.Syscalls.AddAsync(
            [new SyscallSet("a", "x", "m", ["read"], 1), new SyscallSet("b", "x", "m", ["read"], 1)], CancellationToken.None);
        clock.Pass(10);
        await inventory.PutAsync(RunningInventory.Pod(2, ip: "10.0.0.3"));
        await inventory.EndAsync("pod-0004");
        await inventory.Tier.Syscalls.AddAsync([new SyscallSet("b", "x", "m", ["open"], 1)], CancellationToken.None);

        window.Raise((ushort)(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber));
        await inventory.Tier.SweepAsync(CancellationToken.None);

        const string States = "SELECT arrayStringConcat(arraySort(groupArray(concat(pod_name, '@', pod_ip, if(is_dead, '+', '')))), ' ') FROM pod_states";
        const string Expected = "pod-0001@10.0.0.1 pod-0002@10.0.0.2 pod-0002@10.0.0.3 pod-0004@10.0.0.1 pod-0004@10.0.0.1+";
        Assert.Equal(Expected, await Database.SqlAsync(States));
        Assert.Equal("pod-0001@10.0.0.1 pod-0002@10.0.0.3 pod-0004@10.0.0.1+", inventory.Known());
        Assert.Empty(await inventory.Tier.Syscalls.OfPodAsync("a", CancellationToken.None));
        Assert.Equal(["open", "read"], (await inventory.Tier.Syscalls.OfPodAsync("b", CancellationToken.None)).Single().Calls);

        await using (var next = await RunningInventory.StartAsync(Database, window: window, clock: clock))
        {
            Assert.Equal(inventory.Known(), next.Known());
        }

        clock.Pass(100);
        window.Raise((ushort)(window.OldestDay.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber + 100));
        await inventory.Tier.SweepAsync(CancellationToken.None);
        Assert.Equal("pod-0001@10.0.0.1 pod-0002@10.0.0.3", await Database.SqlAsync(States));
        Assert.Equal("pod-0001@10.0.0.1 pod-0002@10.0.0.3", inventory.Known());
    }
}
