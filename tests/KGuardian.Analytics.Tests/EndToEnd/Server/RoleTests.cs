using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>One server takes events in, another answers questions about them.</summary>
public sealed class RoleTests(RolePair servers) : IClassFixture<RolePair>
{
    private readonly ServerProcess _ingest = servers.Ingest;
    private readonly ServerProcess _query = servers.Query;

    [Fact]
    public async Task Flows_of_the_ingest_server_show_on_the_query_server_as_do_clears_and_retention()
    {
        var pod = FlowEvent.NewPod();
        var flows = FlowEvent.Many(pod, 100);
        Assert.Equal(100, await _ingest.Api.PostBatchAsync(flows));
        await Patience.UntilAsync("the flows show", async () => (await _query.Api.GetPodAsync(pod)).Length == 100);
        Assert.Equal(FlowEvent.NewestFirst(flows), await _query.Api.GetPodAsync(pod));
        var count = $"/api/v1/flows/count?from=2026-05-12&to=2026-05-13&filter=pod%3D{pod}";
        Assert.Equal(100, await CountAsync());

        Assert.Equal(50, await _ingest.Api.PostBatchAsync(FlowEvent.Many(pod, 150)));
        // A kept answer is at most a second old.
        await Patience.UntilAsync("counts follow", async () => await CountAsync() == 150);

        using (var changed = await ApiClient.PatientlyAsync(() => _ingest.Api.SendAsync(
            HttpMethod.Put, "/api/v1/flow-reports/retention", new StringContent("""{"days":3}""", null, "application/json"))))
        {
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        }

        await Patience.UntilAsync(
            "the retention is known",
            async () => (await _query.Api.GetTextAsync("/api/v1/flow-reports/retention")).Contains("3}", StringComparison.Ordinal));
        using (var cleared = await ApiClient.PatientlyAsync(() => _ingest.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", null)))
        {
            Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
        }

        await Patience.UntilAsync("counts follow", async () => await CountAsync() == 0);
        await Patience.UntilAsync(
            "acts are logged", async () => (await _query.Api.GetTextAsync("/api/events/audit")).Contains("Flows cleared", StringComparison.Ordinal));

        async Task<long> CountAsync() => JsonDocument.Parse(await _query.Api.GetTextAsync(count)).RootElement.GetProperty("flows").GetInt64();
    }

    [Fact]
    public async Task Query_server_leaves_tables_as_the_ingest_server_says() =>
        Assert.Contains("default_compression_codec = \\'ZSTD(3)\\'", await servers.SqlAsync("SHOW CREATE TABLE kguardian.traffic"), StringComparison.Ordinal);

    [Theory]
    [InlineData(true, "GET", "/pod/traffic", "query")]
    [InlineData(true, "GET", "/pod/traffic/nobody", "query")]
    [InlineData(true, "GET", "/api/v1/flows", "query")]
    [InlineData(true, "GET", "/api/v1/flows/count", "query")]
    [InlineData(true, "GET", "/api/v1/flow-reports", "query")]
    [InlineData(true, "GET", "/api/events/network-traffic", "query")]
    [InlineData(true, "GET", "/api/v1/flows/tail", "all")]
    [InlineData(false, "GET", "/api/v1/flows/tail", "all")]
    [InlineData(false, "POST", "/pod/traffic", "ingest")]
    [InlineData(false, "POST", "/pod/traffic/batch", "ingest")]
    [InlineData(false, "DELETE", "/api/v1/flow-reports", "ingest")]
    [InlineData(false, "PUT", "/api/v1/flow-reports/retention", "ingest")]
    public async Task Route_of_the_other_role_is_421_and_names_it(bool onIngest, string method, string path, string role)
    {
        var server = onIngest ? _ingest : _query;

        using var answer = await server.Api.SendAsync(new HttpMethod(method), path, method == "GET" ? null : new StringContent("[]", null, "application/json"));

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        Assert.Contains(
            $"needs a server with Role = {role}; this one has Role = {(onIngest ? "ingest" : "query")}", await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_are_healthy_and_only_one_has_a_journal()
    {
        foreach (var server in new[] { _ingest, _query })
        {
            Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
            Assert.Contains("broker_db_reachable 1", await server.Api.GetTextAsync("/metrics"), StringComparison.Ordinal);
            Assert.NotEmpty(await server.Api.GetTextAsync("/openapi/v1.json"));
        }

        Assert.True(Directory.Exists(Path.Combine(servers.IngestDirectory, "journal")));
        Assert.False(Directory.Exists(Path.Combine(servers.QueryDirectory, "journal")));
    }
}
