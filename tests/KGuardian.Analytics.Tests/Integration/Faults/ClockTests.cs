using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Faults;

/// <summary>A clock that is set back, by days: what was expired stays so (RetentionTests), and nothing else changes.</summary>
public sealed class ClockTests
{
    [Fact]
    public async Task Clock_stepping_back_and_forth_loses_doubles_and_hides_nothing()
    {
        await using var store = await RunningStore.StartAsync(days: 30);
        var pod = FlowEvent.NewPod();
        var next = 0;
        var uuids = new List<string>();
        foreach (var days in new[] { 0, -3, -10, 2, -1, 12, -20, 20 })
        {
            store.Clock.Step(TimeSpan.FromDays(days));
            var flows = Enumerable.Range(next, 50).Select(n => FlowEvent.Of(pod, n)).ToArray();
            next += 50;
            Assert.Equal(50, await store.PostAsync(flows));
            // Whatever the clock says, what was known is.
            Assert.Equal(0, await store.PostAsync([.. Enumerable.Range(0, next).Select(n => FlowEvent.Of(pod, n))]));
            uuids.AddRange(flows.Select(flow => flow.Uuid!));
            Assert.Equal(uuids.Order(), (await store.ReadAsync()).Order());
        }

        await store.RestartAsync(days: 30);

        Assert.Equal(0, await store.PostAsync([.. Enumerable.Range(0, next).Select(n => FlowEvent.Of(pod, n))]));
        Assert.Equal(uuids.Order(), (await store.ReadAsync()).Order());
        Assert.Equal(next, await store.NumberAsync("SELECT uniqExact(sequence) AS value FROM traffic"));
        // In the order of their arrival, also where the clock stood still or went back.
        Assert.Equal(uuids, await store.ArrivalsAsync());
    }
}
