using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>kill -9 of server and node right after acknowledgements: what was acknowledged of pods is there.</summary>
public sealed class InventoryKillTests
{
    [Fact]
    public async Task Kill_of_server_and_node_loses_nothing_that_was_acknowledged_of_pods()
    {
        using var directory = new TestDirectory();
        var server = await ServerProcess.StartAsync(directory.Path);
        try
        {
            for (var round = 0; round < 2; round++)
            {
                var acknowledged = new ConcurrentDictionary<string, string>();
                using var ended = new CancellationTokenSource();
                var posters = Enumerable.Range(0, 8).Select(client => Task.Run(() => PostAsync(server.Api, client, acknowledged, ended.Token))).ToArray();
                await Patience.UntilAsync("some are acknowledged", () => acknowledged.Count > 100 || posters.All(poster => poster.IsCompleted));
                if (round == 1)
                {
                    // Both at once; else the server's death is the node's.
                    Signals.SendKill(server.FindNode()!.Value);
                }

                await server.KillAsync();
                await ended.CancelAsync();
                await Task.WhenAll(posters);
                await server.DisposeAsync();
                server = await ServerProcess.StartAsync(directory.Path);

                var known = JsonNode.Parse(await server.Api.GetTextAsync("/pod/info"))!.AsArray()
                    .ToDictionary(pod => pod!["pod_name"]!.GetValue<string>(), pod => pod!["pod_ip"]!.GetValue<string>());
                Assert.NotEmpty(acknowledged);
                // What was on its way when the server died may be there, too.
                Assert.All(acknowledged, pod => Assert.True(
                    known[pod.Key] == pod.Value || Number(known[pod.Key]) == Number(pod.Value) + 1, $"{pod.Key} has {known[pod.Key]}, not {pod.Value}"));
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static int Number(string ip) => int.Parse(ip.Split('.')[3], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task PostAsync(ApiClient api, int client, ConcurrentDictionary<string, string> acknowledged, CancellationToken ended)
    {
        try
        {
            for (var i = 0; !ended.IsCancellationRequested; i++)
            {
                var (name, ip) = ($"pod-{client}-{i / 4}", $"10.0.{client}.{i % 4}");
                using var answer = await api.PostAsync("/pod/spec", Pods.Utf8(Pods.Detail(name, ip: ip)));
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    acknowledged[name] = ip;
                }
            }
        }
        catch (HttpRequestException)
        {
            // The server is dead.
            return;
        }
    }
}
