using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Grafana;

/// <summary>A server's node has the dashboards' user, with views of what the server took in.</summary>
[Collection(OnLocalServer.Name)]
public sealed class ServerDashboardTests(LocalServer server)
{
    [Fact]
    public async Task Dashboards_user_of_a_running_server_reads_its_flows_and_nothing_else()
    {
        var pod = FlowEvent.NewPod();
        Assert.Equal(2, await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1), FlowEvent.Of(pod, 2)]));
        Assert.Equal(0, await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1) with { Uuid = Guid.NewGuid().ToString("D") }]));
        // A read waits for them, too, but on a slow machine not for long enough.
        await Patience.UntilAsync(async () => (await server.Api.GetRowsAsync($"/pod/traffic/{pod}")).Length == 2);

        Assert.Equal("2", await server.GrafanaSqlAsync($"SELECT count() FROM kguardian.flows WHERE pod_name = '{pod}'"));
        Assert.Equal("30", await server.GrafanaSqlAsync("SELECT days FROM kguardian.retention"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.GrafanaSqlAsync("SELECT count() FROM kguardian.traffic"));
        // Repeats are written every ten seconds.
        await Patience.UntilAsync(async () => await server.GrafanaSqlAsync(
            $"SELECT sum(observations) FROM kguardian.flow_activity WHERE flow_id IN (SELECT flow_id FROM kguardian.flows WHERE pod_name = '{pod}')") == "1");
    }
}
