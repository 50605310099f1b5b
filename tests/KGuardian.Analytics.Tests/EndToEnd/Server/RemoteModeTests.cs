using System.Net;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>A ClickHouse of the user's that is away, comes back, or is not ours to write to.</summary>
public sealed class RemoteModeTests : IAsyncLifetime
{
    private RemoteStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RemoteStore.CreateAsync();

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Away_at_start_is_told_by_health_and_recovers_by_itself()
    {
        await using var relay = new TcpRelay(_store.Endpoint.Url);
        relay.GoAway();
        await using var server = ServerProcess.Launch(_store.DataDirectory, _store.SettingsAt(relay.Address));
        await server.ListeningAsync();

        await Patience.UntilAsync("health says that ClickHouse is away", async () =>
        {
            using var health = await server.Api.GetAsync("/health");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
            return (await health.Content.ReadAsStringAsync()).Contains("ClickHouse is away", StringComparison.Ordinal);
        });
        using (var post = await server.Api.PostAsync("/pod/traffic/batch", RealFlows.Json))
        {
            await AssertUnavailableAsync(post);
        }

        using (var get = await server.Api.GetAsync("/pod/traffic"))
        {
            await AssertUnavailableAsync(get);
        }

        Assert.Equal(0, await server.Api.GetMetricAsync("broker_db_schema_ready"));
        // The start, which health quotes, and the signs of life fail each by itself.
        await Patience.UntilAsync("the pool looks empty", async () => await server.Api.GetMetricAsync("broker_db_pool_idle") == 0);

        relay.Open();
        await server.HealthyAsync();
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        await server.Api.LoadedAsync();
        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
    }

    [Fact]
    public async Task Away_during_ingest_refuses_new_flows_answers_repeats_and_goes_on_when_back()
    {
        await using var relay = new TcpRelay(_store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(_store.DataDirectory, _store.SettingsAt(relay.Address));
        var pod = FlowEvent.NewPod();
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(500);

        // Some may have been refused before, on a machine that stalled.
        var refused = load.Unavailable;
        relay.GoAway();
        await Patience.UntilAsync("new flows are refused", () => load.Unavailable > refused + 8);
        // Known flows need no ClickHouse; a batch with a new one is refused whole, and counts nothing of itself.
        Assert.Equal(0, await server.Api.PostBatchAsync(RealFlows.Events));
        using (var mixed = await server.Api.PostAsync("/pod/traffic/batch", FlowEvent.Batch([.. RealFlows.Events, FlowEvent.Of(pod, 1)])))
        {
            await AssertUnavailableAsync(mixed);
        }

        using (var single = await server.Api.PostAsync("/pod/traffic", FlowEvent.Of(pod, 1).ToJson()))
        {
            await AssertUnavailableAsync(single);
        }

        using (var get = await server.Api.GetAsync("/pod/traffic"))
        {
            await AssertUnavailableAsync(get);
        }

        using (var health = await server.Api.GetAsync("/health"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        }

        relay.Open();
        await load.GrowAsync(500);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
        Assert.Equal(1, await server.Api.PostBatchAsync([.. RealFlows.Events, FlowEvent.Of(pod, 1)]));
        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
    }

    [Fact]
    public async Task Server_killed_under_load_has_every_acknowledged_flow_once()
    {
        var server = await _store.StartServerAsync();
        try
        {
            await using var load = new FlowLoad(server.Api, clients: 4);
            for (var round = 0; round < 3; round++)
            {
                await load.GrowAsync(1000);
                await server.DisposeAsync();
                server = await _store.StartServerAsync();
                load.GoOnWith(server.Api);
            }

            await load.EndAsync();
            await load.AssertStoredAsync(server.Api, exact: false);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Password_may_be_in_a_file_and_must_be_right()
    {
        var file = Path.Combine(_store.DataDirectory, "password");
        var settings = _store.Settings.Where(setting => setting.Name != "KGUARDIAN_CLICKHOUSE_PASSWORD")
            .Append(("KGUARDIAN_CLICKHOUSE_PASSWORD_FILE", file)).ToArray();
        await File.WriteAllTextAsync(file, _store.Endpoint.Password + "\r\n");
        await using (var server = await ServerProcess.StartAsync(_store.DataDirectory, settings))
        {
            Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
            Assert.Null(server.FindNode());
            Assert.DoesNotContain(_store.Endpoint.Password, server.Log, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(file, "guess");
        await using var refused = ServerProcess.Launch(_store.DataDirectory, settings);
        await refused.ListeningAsync();
        await Patience.UntilAsync("health names the refusal", async () =>
        {
            using var health = await refused.Api.GetAsync("/health");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
            return (await health.Content.ReadAsStringAsync()).Contains("AUTHENTICATION_FAILED", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Schema_newer_than_the_binary_is_refused()
    {
        await MigrateAsync();
        var newer = StoreSchema.Migrations[^1].Version + 1;
        await _store.SqlAsync($"INSERT INTO kguardian.schema_migrations (version, name, checksum) VALUES ({newer}, 'future', 'abc')");

        await AssertEndsAsync($"schema version {newer} (future), this binary knows versions up to {newer - 1}");
    }

    [Fact]
    public async Task Schema_with_an_edited_history_is_refused()
    {
        await MigrateAsync();
        await _store.SqlAsync("ALTER TABLE kguardian.schema_migrations UPDATE checksum = 'edited' WHERE version = 2 SETTINGS mutations_sync = 2");

        await AssertEndsAsync("was applied with checksum edited");
    }

    private async Task MigrateAsync()
    {
        await using var server = await _store.StartServerAsync();
        Assert.Equal(0, await server.StopAsync());
    }

    private async Task AssertEndsAsync(string says)
    {
        await using var server = ServerProcess.Launch(_store.DataDirectory, _store.Settings);
        Assert.Equal(1, await server.ExitedAsync());
        Assert.Contains(says, server.Log, StringComparison.Ordinal);
    }

    private static async Task AssertUnavailableAsync(HttpResponseMessage answer)
    {
        await Problem.AssertAsync(answer, HttpStatusCode.ServiceUnavailable, "");
        Assert.NotNull(answer.Headers.RetryAfter);
    }
}
