using System.Net;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Auth;

/// <summary>Tokens with roles, in files.</summary>
public sealed class TokenRoleTests
{
    [Fact]
    public async Task Each_role_opens_its_routes_and_files_are_read_again_when_they_change()
    {
        await using var store = await RemoteStore.CreateAsync();
        var (ingest, read, admin) =
            (Path.Combine(store.DataDirectory, "in"), Path.Combine(store.DataDirectory, "read"), Path.Combine(store.DataDirectory, "admin"));
        await File.WriteAllTextAsync(ingest, "agent-token\n");
        await File.WriteAllTextAsync(read, "reader\n\n# of a dashboard\nother-reader\r\nboth-roles");
        await File.WriteAllTextAsync(admin, "boss-token\nboth-roles\n");
        await using var server = await store.StartServerAsync(
            ("KGUARDIAN_AUTH__INGESTTOKENFILE", ingest), ("KGUARDIAN_AUTH__READTOKENFILE", read), ("KGUARDIAN_AUTH__ADMINTOKENFILE", admin));
        var api = server.Api;

        async Task AssertAsync(string token, int post, int get, int audit)
        {
            Assert.Equal(
                (post, get, audit),
                ((int)await SendAsync(api, HttpMethod.Post, "/pod/traffic/batch", token), (int)await SendAsync(api, HttpMethod.Get, "/pod/traffic", token),
                    (int)await SendAsync(api, HttpMethod.Get, "/api/events/audit", token)));
        }

        await AssertAsync("agent-token", 200, 403, 403);
        await AssertAsync("reader", 403, 200, 403);
        await AssertAsync("other-reader", 403, 200, 403);
        await AssertAsync("boss-token", 403, 403, 200);
        await AssertAsync("both-roles", 403, 200, 200);
        await AssertAsync("nobody", 401, 401, 401);
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(api, HttpMethod.Delete, "/api/v1/flow-reports", "reader"));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(api, HttpMethod.Put, "/api/v1/flow-reports/retention", "reader"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(api, HttpMethod.Delete, "/api/v1/flow-reports", "boss-token"));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(api, HttpMethod.Get, "/nowhere", "agent-token"));

        await File.WriteAllTextAsync(read, "new-reader\n");
        await Patience.UntilAsync(
            "the new token is taken", async () => await SendAsync(api, HttpMethod.Get, "/pod/traffic", "new-reader") == HttpStatusCode.OK);
        await AssertAsync("reader", 401, 401, 401);
        await AssertAsync("both-roles", 403, 403, 200);

        File.Delete(read);
        await Patience.UntilAsync("the missing file is noticed", async () =>
        {
            await AssertAsync("new-reader", 403, 200, 403);
            return server.Log.Contains("Its last tokens stay valid", StringComparison.Ordinal);
        });

        var listed = await api.GetTextAsync("/api/v1/admin/tokens", ("Authorization", "Bearer boss-token"));
        using (var tokens = JsonDocument.Parse(listed))
        {
            Assert.Equal(
                [
                    "admin Auth:AdminTokenFile used", "admin Auth:AdminTokenFile used", "ingest Auth:IngestTokenFile used", "read Auth:ReadTokenFile used",
                ],
                tokens.RootElement.GetProperty("tokens").EnumerateArray().Select(token =>
                    $"{token.GetProperty("roles")[0]} {token.GetProperty("settings")[0]} "
                    + (token.GetProperty("last_used").ValueKind == JsonValueKind.Null ? "unused" : "used")));
            Assert.Contains("Auth:ReadTokenFile", tokens.RootElement.GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
        }

        Assert.All(
            new[] { "boss-token", "both-roles", "new-reader", "agent-token" }, token => Assert.DoesNotContain(token, listed, StringComparison.Ordinal));
        using var audit = JsonDocument.Parse(await api.GetTextAsync("/api/events/audit", ("Authorization", "Bearer boss-token")));
        var codes = audit.RootElement.EnumerateArray().Select(row => row.GetProperty("activity_code").GetString()).ToArray();
        // However many were refused: one event a minute.
        Assert.InRange(codes.Count(code => code == "token.refuse"), 1, 3);
        Assert.StartsWith("admin-", audit.RootElement.EnumerateArray().Single(row => row.GetProperty("activity_code").GetString() == "flows.clear")
            .GetProperty("initiator_name").GetString(), StringComparison.Ordinal);
        Assert.All(
            new[] { "boss-token", "reader", "agent-token" },
            token => Assert.DoesNotContain($"\"{token}", audit.RootElement.GetRawText(), StringComparison.Ordinal));
        Assert.True(await api.GetMetricAsync("kguardian_tokens_refused_total{status=\"403\"}") > 5);
    }

    [Theory]
    [InlineData("Auth:IngestTokenFile")]
    [InlineData("Auth:ReadTokenFile")]
    [InlineData("Auth:AdminTokenFile")]
    public async Task Token_file_that_is_missing_or_empty_is_refused_at_start_naming_the_setting(string setting)
    {
        using var directory = new TestDirectory();
        var empty = Path.Combine(directory.Path, "empty");
        await File.WriteAllTextAsync(empty, " \n\n");
        foreach (var path in new[] { empty, Path.Combine(directory.Path, "missing") })
        {
            var (exitCode, _, error) = await ServerProgram.RunAsync(["--check", $"--{setting}={path}"]);

            Assert.Equal(2, exitCode);
            Assert.Contains(setting, error, StringComparison.Ordinal);
        }
    }

    private static async Task<HttpStatusCode> SendAsync(ApiClient api, HttpMethod method, string path, string token)
    {
        using var answer = await ApiClient.PatientlyAsync(async () =>
        {
            using var body = method == HttpMethod.Post ? new StringContent("[]", Encoding.UTF8, "application/json") : null;
            return await api.SendAsync(method, path, body, ("Authorization", $"Bearer {token}"));
        });
        return answer.StatusCode;
    }
}
