using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Auth;

/// <summary>A server that needs a token, given as a variable or in a file.</summary>
public sealed class BearerTokenTests
{
    private const string Token = "s3cret-token/+=";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Token_is_needed_everywhere_but_for_health_metrics_and_preflight(bool inFile)
    {
        await using var store = await RemoteStore.CreateAsync();
        var file = Path.Combine(store.DataDirectory, "token");
        await File.WriteAllTextAsync(file, Token + "\n");
        await using var server = await store.StartServerAsync(inFile ? ("BROKER_AUTH_TOKEN_FILE", file) : ("BROKER_AUTH_TOKEN", Token));
        var api = server.Api;

        foreach (var path in new[] { "/pod/traffic", "/pod/traffic/name", "/version", "/unknown", "/health/x", "/metricsx" })
        {
            using var none = await api.GetAsync(path);
            await Problem.AssertAsync(none, HttpStatusCode.Unauthorized, "Authorization");
            Assert.Equal("Bearer", none.Headers.WwwAuthenticate.ToString());
        }

        foreach (var wrong in new[]
        {
            "Bearer wrong", $"Bearer {Token}x", $"Bearer x{Token}", "Bearer ", "Bearer", $"Basic {Token}", Token, $"Bearer {Token.ToUpperInvariant()}",
        })
        {
            using var refused = await api.GetAsync("/pod/traffic", ("Authorization", wrong));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        var row = FlowEvent.Of(FlowEvent.NewPod(), 1);
        using (var refused = await api.PostAsync("/pod/traffic", row.ToJson()))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        foreach (var right in new[] { $"Bearer {Token}", $"bearer {Token}" })
        {
            Assert.Equal("[\n\n]\n", await api.GetTextAsync("/pod/traffic", ("Authorization", right)));
        }

        using var body = new StringContent(row.ToJson(), Encoding.UTF8, "application/json");
        using (var taken = await api.SendAsync(HttpMethod.Post, "/pod/traffic", body, ("Authorization", $"Bearer {Token}")))
        {
            Assert.Equal(row.ToJson(), await taken.Content.ReadAsStringAsync());
        }

        Assert.Equal("Healthy!", await api.GetTextAsync("/health"));
        Assert.Contains("broker_db_reachable 1\n", await api.GetTextAsync("/metrics"), StringComparison.Ordinal);
        using var preflight = await api.SendAsync(
            HttpMethod.Options, "/pod/traffic", content: null, ("Origin", "http://ui.example"), ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "authorization"));
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.DoesNotContain(Token, server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_in_a_file_is_read_again_when_it_changes()
    {
        await using var store = await RemoteStore.CreateAsync();
        var file = Path.Combine(store.DataDirectory, "token");
        await File.WriteAllTextAsync(file, "old-token\n");
        await using var server = await store.StartServerAsync(("BROKER_AUTH_TOKEN_FILE", file));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Api, "old-token"));

        // Both, while clients are changed one by one.
        await File.WriteAllTextAsync(file, "old-token\nnew-token\n");
        await Patience.UntilAsync("the new token is taken", async () => await StatusAsync(server.Api, "new-token") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Api, "old-token"));
        await File.WriteAllTextAsync(file, "new-token\n");
        await Patience.UntilAsync("the old token is refused", async () => await StatusAsync(server.Api, "old-token") == HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Api, "new-token"));

        // Emptied or gone it does not open the server, nor close it.
        await File.WriteAllTextAsync(file, "");
        await Patience.UntilAsync("the empty file is noticed", async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Api, "new-token"));
            return server.Log.Contains("BROKER_AUTH_TOKEN_FILE", StringComparison.Ordinal);
        });
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server.Api, "old-token"));
    }

    [Fact]
    public async Task Token_file_without_a_token_is_refused_at_start()
    {
        var file = Path.GetTempFileName();
        try
        {
            var (exitCode, _, error) = await ServerProgram.RunAsync(["--check"], ("BROKER_AUTH_TOKEN_FILE", file));

            // Neither open nor closed to everybody.
            Assert.Equal(2, exitCode);
            Assert.Contains("BROKER_AUTH_TOKEN_FILE", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiClient api, string token)
    {
        using var answer = await ApiClient.PatientlyAsync(() => api.GetAsync("/pod/traffic", ("Authorization", $"Bearer {token}")));
        return answer.StatusCode;
    }
}
