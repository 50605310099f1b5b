using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>A server with several addresses of its ClickHouse, which go away under load, and one with an https address.</summary>
public sealed class EndpointFailoverTests : IAsyncLifetime
{
    private RemoteStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RemoteStore.CreateAsync();

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Addresses_that_go_away_in_turn_under_load_lose_and_double_nothing_and_health_names_them()
    {
        await using var first = new TcpRelay(_store.Endpoint.Url);
        await using var second = new TcpRelay(_store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(_store.DataDirectory, SettingsAt($"{first.Address}, {second.Address}"));
        await Patience.UntilAsync("both are there", async () => await HealthAsync(server) == "Healthy!");
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(300);

        foreach (var (away, used) in new[] { (first, second), (second, first), (first, second) })
        {
            away.GoAway();
            await Patience.UntilAsync("health names the address", async () => await HealthAsync(server) is { } text
                && text.StartsWith("Healthy!", StringComparison.Ordinal) && text.Contains(away.Address.ToString(), StringComparison.Ordinal));
            await load.GrowAsync(300);
            await Patience.UntilAsync("metrics name the address", async () =>
                await server.Api.GetMetricAsync($"kguardian_clickhouse_endpoint_up{{endpoint=\"{away.Address}\"}}") == 0
                && await server.Api.GetMetricAsync($"kguardian_clickhouse_endpoint_used{{endpoint=\"{used.Address}\"}}") == 1);
            away.Open();
            await Patience.UntilAsync("all are back", async () => await HealthAsync(server) == "Healthy!");
        }

        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
        // Between three addresses in turn; on a busy machine also from one that did not answer in time, or with the second one to begin with.
        Assert.True(await server.Api.GetMetricAsync("kguardian_clickhouse_failovers_total") >= 2);
    }

    [Fact]
    public async Task Https_address_with_its_authority_takes_and_answers_flows()
    {
        using var authority = new TestAuthority("authority");
        using var certificate = authority.Issue("127.0.0.1");
        await using var proxy = new TlsProxy(_store.Endpoint.Url, certificate);
        var file = Path.Combine(_store.DataDirectory, "ca.pem");
        await File.WriteAllTextAsync(file, authority.Pem);
        await using var server = await ServerProcess.StartAsync(_store.DataDirectory, [.. SettingsAt($"{proxy.Url}"), ("KGUARDIAN_CLICKHOUSE__CAFILE", file)]);

        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        await server.Api.LoadedAsync();
        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
    }

    [Fact]
    public async Task Https_address_of_an_authority_that_is_not_trusted_is_told_by_health_with_the_setting()
    {
        using var authority = new TestAuthority("authority");
        using var certificate = authority.Issue("127.0.0.1");
        await using var proxy = new TlsProxy(_store.Endpoint.Url, certificate);
        await using var server = ServerProcess.Launch(_store.DataDirectory, SettingsAt($"{proxy.Url}"));
        await server.ListeningAsync();

        await Patience.UntilAsync("health names the setting", async () =>
        {
            using var health = await server.Api.GetAsync("/health");
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, health.StatusCode);
            return (await health.Content.ReadAsStringAsync()).Contains("ClickHouse:CaFile", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Password_that_is_changed_with_its_file_needs_no_restart()
    {
        using var directory = new TestDirectory();
        var options = new LocalNodeOptions { DataDirectory = directory.Path, MemoryShare = 0.1 };
        var file = Path.Combine(_store.DataDirectory, "password");
        var first = new LocalNode(options, NullLogger<LocalNode>.Instance);
        await first.StartAsync(CancellationToken.None);
        await using var relay = new TcpRelay(first.Endpoint.Url);
        await File.WriteAllTextAsync(file, first.Endpoint.Password + "\n");
        await using var server = await ServerProcess.StartAsync(
            _store.DataDirectory, ("KGUARDIAN_CLICKHOUSE_URL", relay.Address.ToString()), ("KGUARDIAN_CLICKHOUSE_USER", first.Endpoint.User),
            ("KGUARDIAN_CLICKHOUSE_PASSWORD_FILE", file));
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        await server.Api.LoadedAsync();
        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));

        // A node has a new password whenever it is started.
        await first.DisposeAsync();
        await using var second = new LocalNode(options, NullLogger<LocalNode>.Instance);
        await second.StartAsync(CancellationToken.None);
        relay.Target = second.Endpoint.Url;
        await Patience.UntilAsync("the old password is refused", async () =>
        {
            using var health = await server.Api.GetAsync("/health");
            return (await health.Content.ReadAsStringAsync()).Contains("AUTHENTICATION_FAILED", StringComparison.Ordinal);
        });
        await File.WriteAllTextAsync(file, second.Endpoint.Password + "\n");

        await server.HealthyAsync();
        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
        Assert.Equal(1, await server.Api.PostBatchAsync([FlowEvent.Of(FlowEvent.NewPod(), 1)]));
        Assert.DoesNotContain(second.Endpoint.Password, server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_policy_that_ClickHouse_does_not_have_ends_the_start_naming_the_setting()
    {
        await using var server = ServerProcess.Launch(_store.DataDirectory, [.. _store.Settings, ("KGUARDIAN_STORAGE__POLICY", "missing")]);

        Assert.Equal(1, await server.ExitedAsync());
        Assert.Contains("Storage:Policy = 'missing' cannot be used", server.Log, StringComparison.Ordinal);
    }

    /// <summary>Also while the statement that it asks is under way on a connection that breaks.</summary>
    private static async Task<string> HealthAsync(ServerProcess server)
    {
        using var answer = await server.Api.GetAsync("/health");
        return await answer.Content.ReadAsStringAsync();
    }

    private (string Name, string Value)[] SettingsAt(string endpoints) =>
        [.. _store.Settings.Where(setting => setting.Name != "KGUARDIAN_CLICKHOUSE_URL"), ("KGUARDIAN_CLICKHOUSE__ENDPOINTS", endpoints)];
}
