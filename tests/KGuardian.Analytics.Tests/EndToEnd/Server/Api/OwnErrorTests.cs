using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Which failures are ours, and which are the store's and may pass.</summary>
public sealed class OwnErrorTests
{
    [Fact]
    public async Task Statement_that_is_wrong_is_500_with_an_id_that_the_log_has_and_none_of_ClickHouses_text()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();
        // Then a statement of ours names a column that is not there: error 47.
        await store.SqlAsync("ALTER TABLE kguardian.admin_events RENAME COLUMN target_id TO other");

        using var answer = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/api/events/audit"));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Null(answer.Headers.RetryAfter);
        var message = JsonDocument.Parse(text).RootElement.GetProperty("message").GetString()!;
        Assert.Matches("under the id [0-9a-f]{32}\\.$", message);
        Assert.DoesNotContain("target_id", text, StringComparison.Ordinal);
        var id = message[^33..^1];
        await Patience.UntilAsync("the log has the id", () => server.Log.Contains(id, StringComparison.Ordinal));
        Assert.Contains("error 47", server.Log, StringComparison.Ordinal);
        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
    }

    [Fact]
    public async Task Store_that_is_gone_is_503()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();
        await store.SqlAsync("DROP TABLE kguardian.traffic SYNC");

        using var answer = await server.Api.GetAsync("/pod/traffic");

        await Problem.AssertAsync(answer, HttpStatusCode.ServiceUnavailable, "");
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task Before_the_store_was_read_everything_is_503_and_nothing_is_made_up()
    {
        using var directory = new TestDirectory();
        await using var server = ServerProcess.Launch(directory.Path, ("KGUARDIAN_CLICKHOUSE_URL", "http://127.0.0.1:1"));
        await server.ListeningAsync();

        foreach (var (path, field) in new[]
        {
            ("/api/v1/flow-reports/retention", "error"), ("/api/v1/flow-reports/retention?dry_run=7", "error"), ("/api/v1/flow-reports", "error"),
            ("/pod/traffic", "detail"), ("/api/v1/flows", "detail"), ("/api/v1/flows/count", "detail"), ("/api/events/network-traffic", "message"),
            ("/api/events/audit", "message"),
        })
        {
            using var answer = await server.Api.GetAsync(path);
            var text = await answer.Content.ReadAsStringAsync();

            Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {answer.StatusCode} {text}");
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.NotEqual("", JsonDocument.Parse(text).RootElement.GetProperty(field).GetString());
        }

        // 0 would say that flows are kept for ever.
        Assert.DoesNotContain("\nkguardian_retention_days", await server.Api.GetTextAsync("/metrics"), StringComparison.Ordinal);
    }
}
