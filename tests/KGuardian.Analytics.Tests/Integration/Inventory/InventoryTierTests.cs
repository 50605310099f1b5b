using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;
using KGuardian.Analytics.Inventory.Syscalls;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Inventory;

/// <summary>The inventory over a real node: durable before it is in effect, once, and the same after a restart.</summary>
public sealed class InventoryTierTests() : DatabaseTest(isMigrated: true)
{
    [Fact]
    public async Task What_was_taken_is_the_same_after_a_restart_and_what_changes_nothing_is_not_written()
    {
        var full = RunningInventory.Pod(1) with { Identity = "", HostNetwork = true, SelectorLabels = "{\"é\":1}"u8.ToArray(), TimeMicros = -1 };
        PodState[] before;
        await using (var first = await RunningInventory.StartAsync(Database))
        {
            var stored = await first.PutAsync(full);
            Assert.Equal(stored, await first.PutAsync(full with { TimeMicros = 99 }));
            await first.PutAsync(RunningInventory.Pod(2));
            await first.PutAsync(RunningInventory.Pod(2, ip: "10.0.0.2"));
            await first.PutAsync(RunningInventory.Pod(3) with { Namespace = "", Manifest = null });
            Assert.Equal(1, await first.EndAsync("pod-0003"));
            Assert.Equal(1, await first.EndAsync("pod-0003"));
            Assert.Equal(0, await first.EndAsync("pod-0002", ip: "10.0.0.1"));
            await first.Tier.PutAsync(new ServiceState { Ip = "10.96.0.1", Namespace = "", TimeMicros = 5 }, CancellationToken.None);
            before = [.. first.Tier.Pods.All];
        }

        await using var next = await RunningInventory.StartAsync(Database);

        Assert.Equal("5", await Database.SqlAsync("SELECT count() FROM pod_states"));
        Assert.Equal("pod-0003@10.0.0.1+ pod-0001@10.0.0.1 pod-0002@10.0.0.2", next.Known());
        Assert.All(before.Zip(next.Tier.Pods.All), pair => Assert.Equal(
            pair.First with { Manifest = null, SelectorLabels = null }, pair.Second with { Manifest = null, SelectorLabels = null }));
        Assert.All(before.Zip(next.Tier.Pods.All), pair => Assert.True(pair.First.SaysTheSameAs(pair.Second)));
        var service = Assert.Single(next.Tier.Services.All);
        Assert.Equal(("10.96.0.1", null, "", 5), (service.Ip, service.Name, service.Namespace, service.TimeMicros));
        Assert.Equal(full.Name, (await next.PutAsync(full)).Name);
        Assert.Equal("5", await Database.SqlAsync("SELECT count() FROM pod_states"));
    }

    [Fact]
    public async Task Posts_at_once_are_written_together_and_each_is_in_effect_when_it_is_acknowledged()
    {
        await using var inventory = await RunningInventory.StartAsync(Database);

        await Task.WhenAll(Enumerable.Range(0, 500).Select(number => Task.Run(async () =>
        {
            await inventory.PutAsync(RunningInventory.Pod(number % 250, ip: $"10.0.{number / 250}.1"));
            Assert.NotNull(inventory.Tier.Pods.Find("shop", $"pod-{number % 250:0000}"));
        })));

        Assert.Equal("500", await Database.SqlAsync("SELECT count() FROM pod_states"));
        Assert.Equal(250, inventory.Tier.Pods.All.Count);
        var parts = int.Parse(
            await Database.SqlAsync("SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'pod_states' AND level = 0"),
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(parts, 0, 100);
    }

    [Fact]
    public async Task ClickHouse_away_refuses_what_changes_something_and_nothing_of_it_is_in_effect()
    {
        await using var relay = new TcpRelay(Database.Endpoint.Url);
        await using var inventory = await RunningInventory.StartAsync(Database, relay.Address);
        await inventory.PutAsync(RunningInventory.Pod(1));

        relay.GoAway();
        await Assert.ThrowsAsync<ClickHouseException>(() => inventory.PutAsync(RunningInventory.Pod(2)));
        await Assert.ThrowsAsync<ClickHouseException>(() => inventory.EndAsync("pod-0001"));
        // What is known is answered, and what changes nothing needs no write.
        await inventory.PutAsync(RunningInventory.Pod(1));
        Assert.Equal("pod-0001@10.0.0.1", inventory.Known());

        relay.Open();
        await inventory.PutAsync(RunningInventory.Pod(2));
        Assert.Equal("pod-0001@10.0.0.1 pod-0002@10.0.0.1", inventory.Known());
        Assert.Equal("2", await Database.SqlAsync("SELECT count() FROM pod_states"));
    }

    [Fact]
    public async Task Insert_whose_answer_is_lost_is_tried_again_and_stored_once()
    {
        await using var relay = new TcpRelay(Database.Endpoint.Url);
        await using var inventory = await RunningInventory.StartAsync(Database, relay.Address);
        relay.Inject(RelayFault.LostAnswer, "INSERT+INTO+pod_states");

        await inventory.PutAsync(RunningInventory.Pod(1));

        Assert.Equal(1, relay.Done);
        Assert.Equal("1", await Database.SqlAsync("SELECT count() FROM pod_states"));
        Assert.Equal("pod-0001@10.0.0.1", inventory.Known());
    }

    [Fact]
    public async Task Write_that_may_have_come_through_is_looked_for_before_the_next_is_decided()
    {
        await using var relay = new TcpRelay(Database.Endpoint.Url);
        // Between the first try, which is stored and whose answer is lost, and the second.
        var logger = new ActingLogger<InventoryTier>(1701, () => Database.SqlAsync("ALTER TABLE pod_states RENAME COLUMN pod_identity TO other").Wait());
        await using var inventory = await RunningInventory.StartAsync(Database, relay.Address, logger: logger);
        await inventory.PutAsync(RunningInventory.Pod(1));
        relay.Inject(RelayFault.LostAnswer, "INSERT+INTO+pod_states");
        await Assert.ThrowsAsync<ClickHouseException>(() => inventory.PutAsync(RunningInventory.Pod(1, ip: "10.0.0.2")));
        Assert.Equal(1, relay.Done);

        await Database.SqlAsync("ALTER TABLE pod_states RENAME COLUMN other TO pod_identity");
        // The same as memory has, but not as ClickHouse has: it must be written.
        await inventory.PutAsync(RunningInventory.Pod(1));

        Assert.Equal("pod-0001@10.0.0.1", inventory.Known());
        await using var next = await RunningInventory.StartAsync(Database);
        Assert.Equal("pod-0001@10.0.0.1", next.Known());
        Assert.Equal("3", await Database.SqlAsync("SELECT count() FROM pod_states"));
    }

    [Fact]
    public async Task Servers_on_one_store_follow_each_other_and_the_later_state_counts_on_all()
    {
        await using var one = await RunningInventory.StartAsync(Database, isShared: true);
        await using var other = await RunningInventory.StartAsync(Database, isShared: true);
        await one.PutAsync(RunningInventory.Pod(1));
        Assert.Equal("", other.Known());
        // A death is looked for before it is said to be nobody's.
        Assert.Equal(1, await other.EndAsync("pod-0001"));
        await other.PutAsync(RunningInventory.Pod(2));

        await one.Tier.FollowAsync(CancellationToken.None);
        Assert.Equal("pod-0001@10.0.0.1+ pod-0002@10.0.0.1", one.Known());
        Assert.Equal(one.Tier.Pods.Fingerprint, other.Tier.Pods.Fingerprint);

        for (var i = 0; i < 20; i++)
        {
            await (i % 2 == 0 ? one : other).PutAsync(RunningInventory.Pod(i % 3, ip: $"10.0.0.{i}"));
        }

        await one.Tier.FollowAsync(CancellationToken.None);
        await other.Tier.FollowAsync(CancellationToken.None);
        await using var query = await RunningInventory.StartAsync(Database, isShared: true, writes: false);
        Assert.Equal(one.Known(), other.Known());
        Assert.Equal(one.Known(), query.Known());
        Assert.Equal(one.Tier.Pods.Fingerprint, query.Tier.Pods.Fingerprint);
    }

    [Fact]
    public async Task More_alive_pods_than_there_is_room_for_are_refused_and_the_setting_is_named()
    {
        await using var inventory = await RunningInventory.StartAsync(Database, maxBytes: 3 * RunningInventory.Pod(0).Bytes);
        await inventory.PutAsync(RunningInventory.Pod(1, isDead: true));
        await inventory.PutAsync(RunningInventory.Pod(2));
        await inventory.PutAsync(RunningInventory.Pod(3));
        await inventory.PutAsync(RunningInventory.Pod(4));

        var error = await Assert.ThrowsAsync<InventoryUnavailableException>(() => inventory.PutAsync(RunningInventory.Pod(5)));

        Assert.Contains("Inventory:MaxBytes", error.Message, StringComparison.Ordinal);
        Assert.Equal("pod-0002@10.0.0.1 pod-0003@10.0.0.1 pod-0004@10.0.0.1", inventory.Known());
        await inventory.EndAsync("pod-0002");
        await inventory.PutAsync(RunningInventory.Pod(5));
    }

    [Fact]
    public async Task Calls_are_united_over_posts_and_servers_and_what_is_known_is_not_written_again()
    {
        await using var one = await RunningInventory.StartAsync(Database);
        await using var other = await RunningInventory.StartAsync(Database);
        SyscallSet Set(int time, params string[] calls) => new("a", "x", "x86_64", calls, time);
        Assert.Equal(1, await one.Tier.Syscalls.AddAsync([Set(5, "read", "write")], CancellationToken.None));
        Assert.Equal(0, await one.Tier.Syscalls.AddAsync([Set(6, "read", "write")], CancellationToken.None));
        Assert.Equal(2, await other.Tier.Syscalls.AddAsync([Set(4, "open"), Set(9) with { Arch = "aarch64" }], CancellationToken.None));
        await Database.SqlAsync("OPTIMIZE TABLE pod_syscalls FINAL");

        var sets = await one.Tier.Syscalls.OfPodAsync("a", CancellationToken.None);

        Assert.Equal(["aarch64//9", "x86_64/open,read,write/5"], sets.Select(set => $"{set.Arch}/{string.Join(',', set.Calls)}/{set.TimeMicros}"));
        Assert.Empty(await one.Tier.Syscalls.OfPodAsync("b", CancellationToken.None));
    }
}
