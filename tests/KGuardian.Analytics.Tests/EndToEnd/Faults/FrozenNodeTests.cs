using System.Net;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>A node that is frozen while events come in and reads go on; CrashTests has one without load.</summary>
public sealed class FrozenNodeTests
{
    [Fact]
    public async Task Node_frozen_and_thawed_under_load_and_reads_loses_nothing_and_reads_go_on()
    {
        using var directory = new TestDirectory();
        await using var server = await ServerProcess.StartAsync(directory.Path);
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(500);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadAsync(server.Api, stop.Token))).ToArray();

        for (var round = 0; round < 2; round++)
        {
            var unavailable = load.Unavailable;
            var node = server.FindNode()!.Value;
            Signals.Freeze(node);
            try
            {
                await Patience.UntilAsync("new flows are refused", () => load.Unavailable > unavailable + 8);
                // Reads that began before wait for the node to go on; from now on they are told.
                using var refused = await server.Api.GetAsync("/pod/traffic?limit=50");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            }
            finally
            {
                Signals.Thaw(node);
            }

            await load.GrowAsync(500);
        }

        await load.EndAsync();
        await stop.CancelAsync();
        var answers = (await Task.WhenAll(readers).WaitAsync(Patience.Limit)).SelectMany(own => own).ToArray();
        Assert.Contains(HttpStatusCode.OK, answers);
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{status}"));
        await load.AssertStoredAsync(server.Api, exact: true);
        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_node_restarts_total"));
    }

    // As a dashboard does: again and again, with a pause.
    private static async Task<List<HttpStatusCode>> ReadAsync(ApiClient api, CancellationToken stop)
    {
        var answers = new List<HttpStatusCode>();
        while (!stop.IsCancellationRequested)
        {
            using var answer = await api.GetAsync("/pod/traffic?limit=50");
            answers.Add(answer.StatusCode);
            await Task.Delay(20, CancellationToken.None);
        }

        return answers;
    }
}
