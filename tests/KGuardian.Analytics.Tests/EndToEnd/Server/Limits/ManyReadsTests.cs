using System.Net;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Limits;

/// <summary>Many small reads of one client at once, beside its large one. kguardian's frontend opens up to 200.</summary>
public sealed class ManyReadsTests
{
    private static readonly (string, string) Frontend = ("Authorization", "Bearer frontend"), Other = ("Authorization", "Bearer other-client");

    [Fact]
    public async Task Two_hundred_reads_at_once_beside_an_export_are_all_answered()
    {
        await using var store = await RemoteStore.CreateAsync();
        // Longer than the default only because other tests take the machine's time.
        await using var server = await store.StartServerAsync(("KGUARDIAN_QUERY__QUEUETIME", "00:01:20"), ("KGUARDIAN_QUERY__MAXCONCURRENTPERCLIENT", "8"));
        await store.SqlAsync(ManyFlows.Insert);
        using var export = await ApiClient.PatientlyAsync(() =>
            server.Api.SendAsync(HttpMethod.Get, "/pod/traffic", null, HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal(HttpStatusCode.OK, export.StatusCode);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            using var answer = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/pod/traffic/limits-9"));
            return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("limits-9", StringComparison.Ordinal));
        }));

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, true), answer));
        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_queries_refused_total{kind=\"rows\"}"));
    }

    [Fact]
    public async Task Client_whose_queries_wait_keeps_no_other_one_waiting_and_is_refused_after_its_time()
    {
        await using var store = await RemoteStore.CreateAsync();
        var tokens = Path.Combine(store.DataDirectory, "read");
        await File.WriteAllTextAsync(tokens, "frontend\nother-client\n");
        await using var server = await store.StartServerAsync(
            ("KGUARDIAN_AUTH__READTOKENFILE", tokens), ("KGUARDIAN_QUERY__MAXCONCURRENTPERCLIENT", "1"), ("KGUARDIAN_QUERY__QUEUETIME", "00:00:03"));
        await store.SqlAsync(ManyFlows.Insert);
        using var export = await ApiClient.PatientlyAsync(() =>
            server.Api.SendAsync(HttpMethod.Get, "/pod/traffic", null, HttpCompletionOption.ResponseHeadersRead, Frontend));

        // The export is never read to its end: none of these gets its turn.
        var waiting = Enumerable.Range(0, 100).Select(_ => server.Api.GetAsync("/pod/traffic/limits-9", Frontend)).ToArray();
        await server.Api.GetTextAsync("/pod/traffic/limits-9", Other);

        foreach (var answer in await Task.WhenAll(waiting))
        {
            using (answer)
            {
                await Problem.AssertAsync(answer, HttpStatusCode.TooManyRequests, "Query:QueueTime = 00:00:03");
                Assert.Equal("1", answer.Headers.RetryAfter?.ToString());
            }
        }

        Assert.Equal(100, await server.Api.GetMetricAsync("kguardian_queries_refused_total{kind=\"rows\"}"));
    }
}
