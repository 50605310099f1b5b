using System.Net;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Limits;

/// <summary>Queries of one client at once.</summary>
public sealed class ClientLimitTests
{
    private static readonly (string, string) Greedy = ("Authorization", "Bearer greedy"), Modest = ("Authorization", "Bearer modest");

    [Fact]
    public async Task Query_beside_too_many_of_its_client_is_429_and_other_clients_go_on()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartServerAsync(store, ("KGUARDIAN_QUERY__QUEUEPERCLIENT", "0"));

        // A body of 100 MB that nobody reads: it runs for as long as it is open.
        using (var open = await ApiClient.PatientlyAsync(() =>
            server.Api.SendAsync(HttpMethod.Get, "/pod/traffic", null, HttpCompletionOption.ResponseHeadersRead, Greedy)))
        {
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
            using var refused = await server.Api.GetAsync("/api/v1/flows?limit=1", Greedy);
            var problem = await Problem.AssertAsync(refused, HttpStatusCode.TooManyRequests, "Query:MaxConcurrentPerClient = 1");
            Assert.Contains("Query:QueuePerClient = 0", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Equal("1", refused.Headers.RetryAfter?.ToString());

            await server.Api.GetTextAsync("/api/v1/flows?limit=1", Modest);
            // Another kind, with a limit of its own.
            await server.Api.GetTextAsync("/api/v1/flows/count", Greedy);
        }

        await Patience.UntilAsync("the client that left is forgotten", async () =>
        {
            using var answer = await server.Api.GetAsync("/api/v1/flows?limit=1", Greedy);
            return answer.StatusCode == HttpStatusCode.OK;
        });
        Assert.True(await server.Api.GetMetricAsync("kguardian_queries_refused_total{kind=\"rows\"}") >= 1);
    }

    [Fact]
    public async Task Query_beside_as_many_as_may_run_waits_for_one_to_end()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartServerAsync(store, ("KGUARDIAN_QUERY__QUEUETIME", "00:01:20"));

        Task<string>[] waiting;
        using (var open = await ApiClient.PatientlyAsync(() =>
            server.Api.SendAsync(HttpMethod.Get, "/pod/traffic", null, HttpCompletionOption.ResponseHeadersRead, Greedy)))
        {
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
            waiting = [.. Enumerable.Range(0, 20).Select(_ => server.Api.GetTextAsync("/api/v1/flows?limit=1", Greedy))];
            // As many of another client, asked later, are answered meanwhile: those would be, too, if they did not wait.
            for (var i = 0; i < waiting.Length; i++)
            {
                await server.Api.GetTextAsync("/api/v1/flows?limit=1", Modest);
            }

            Assert.All(waiting, query => Assert.False(query.IsCompleted));
        }

        Assert.All(await Task.WhenAll(waiting), page => Assert.StartsWith("{\"data\":[", page, StringComparison.Ordinal));
    }

    /// <summary>A server of many flows for two clients, each of which may ask one query at once.</summary>
    private static async Task<ServerProcess> StartServerAsync(RemoteStore store, (string, string) setting)
    {
        var tokens = Path.Combine(store.DataDirectory, "read");
        await File.WriteAllTextAsync(tokens, "greedy\nmodest\n");
        var server = await store.StartServerAsync(("KGUARDIAN_AUTH__READTOKENFILE", tokens), ("KGUARDIAN_QUERY__MAXCONCURRENTPERCLIENT", "1"), setting);
        await store.SqlAsync(ManyFlows.Insert);
        return server;
    }
}
