using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>The main job on observed events.</summary>
public abstract class RealFlowsTests(AnyServer server)
{
    [Fact]
    public void Post_of_128_real_events_counts_104_and_again_0() => Assert.Equal(("104", "0"), server.RealAnswers);

    [Fact]
    public void Get_returns_the_first_event_of_each_tuple_newest_first_byte_for_byte()
    {
        Assert.Equal(104, RealFlows.Rows.Length);
        Assert.Equal($"[\n{string.Join(",\n", RealFlows.Rows.Select(row => row.ToJson()))}\n]\n", server.RealReads.Json);
    }

    [Fact]
    public void Get_of_lines_returns_one_object_a_line() =>
        Assert.Equal(string.Concat(RealFlows.Rows.Select(row => row.ToJson() + "\n")), server.RealReads.Lines);

    [Fact]
    public async Task Get_by_pod_returns_that_pods_rows()
    {
        foreach (var pod in RealFlows.Rows.GroupBy(row => row.PodName!))
        {
            Assert.Equal(pod, await server.Api.GetPodAsync(pod.Key));
        }
    }

    [Fact]
    public async Task Post_of_the_real_events_in_other_clothes_counts_0()
    {
        // Other uuids and times are still the same flows.
        var again = RealFlows.Events.Select(row => row with { Uuid = Guid.NewGuid().ToString(), TimeStamp = FlowEvent.Time(1), PodName = "renamed" });

        Assert.Equal(0, await server.Api.PostBatchAsync(again));
        Assert.Empty(await server.Api.GetPodAsync("renamed"));
    }
}
