using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Auth.Oidc;

/// <summary>A server that takes an issuer's tokens, beside those of its own.</summary>
public sealed class OidcTests
{
    private const string Static = "a-token.with.dots";

    [Fact]
    public async Task Roles_of_a_user_open_their_routes_and_no_other_token_does()
    {
        using var rsa = IssuerKey.Rsa("one");
        using var ec = IssuerKey.Ec("two");
        using var forged = IssuerKey.Rsa("one");
        await using var issuer = await TestIssuer.StartAsync(certificate: null, rsa, ec);
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(
            [
                ("BROKER_AUTH_TOKEN", Static), .. Settings(issuer.Authority), ("Logging__LogLevel__Default", "Trace"),
                ("Logging__LogLevel__Microsoft", "Trace"), ("Logging__LogLevel__KGuardian", "Trace"), ("Logging__LogLevel__System", "Trace"),
            ]);
        var given = new List<string>();

        async Task AssertAsync(string token, int post, int get, int audit)
        {
            given.Add(token);
            Assert.Equal(
                (post, get, audit),
                ((int)await SendAsync(server, HttpMethod.Post, "/pod/traffic/batch", token),
                    (int)await SendAsync(server, HttpMethod.Get, "/pod/traffic", token),
                    (int)await SendAsync(server, HttpMethod.Get, "/api/events/audit", token)));
        }

        await AssertAsync(rsa.Sign(TestIssuer.Claims("kguardian-ingest")), 200, 403, 403);
        await AssertAsync(ec.Sign(TestIssuer.Claims("kguardian-read", "another")), 403, 200, 403);
        await AssertAsync(rsa.Sign(With("roles", "kguardian-read kguardian-admin")), 403, 200, 200);
        await AssertAsync(rsa.Sign(With("aud", new JsonArray("account", TestIssuer.Audience), "kguardian-read")), 403, 200, 403);
        await AssertAsync(rsa.Sign(TestIssuer.Claims()), 403, 403, 403);
        await AssertAsync(rsa.Sign(With("roles", null)), 403, 403, 403);
        await AssertAsync(Static, 200, 200, 200);

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var read = TestIssuer.Claims("kguardian-read");
        var tampered = rsa.Sign(read).Split('.');
        tampered[1] = rsa.Sign(TestIssuer.Claims("kguardian-admin")).Split('.')[1];
        foreach (var wrong in new[]
        {
            rsa.Sign(With("aud", "another-program", "kguardian-read")), rsa.Sign(With("aud", null, "kguardian-read")),
            rsa.Sign(With("iss", "https://idp.test/realms/other", "kguardian-read")), rsa.Sign(With("iss", null, "kguardian-read")),
            rsa.Sign(With("exp", now - 60, "kguardian-read")), rsa.Sign(With("exp", null, "kguardian-read")),
            rsa.Sign(With("nbf", now + 300, "kguardian-read")), rsa.Unsigned(read), rsa.SignWithPublicKey(read), ec.SignWithPublicKey(read),
            forged.Sign(read), string.Join('.', tampered), rsa.Sign(read)[..^8], "a.b.c", "..", rsa.Sign(Without("sub", "preferred_username")),
        })
        {
            await AssertAsync(wrong, 401, 401, 401);
        }

        using (var refused = await server.Api.GetAsync("/pod/traffic", ("Authorization", $"Bearer {forged.Sign(read)}")))
        {
            await Problem.AssertAsync(refused, HttpStatusCode.Unauthorized, "Authorization");
        }

        using (var forbidden = await server.Api.GetAsync("/api/v1/admin/backups", ("Authorization", $"Bearer {rsa.Sign(read)}")))
        {
            await Problem.AssertAsync(forbidden, HttpStatusCode.Forbidden, "needs the role 'admin'; this token has 'read'");
        }

        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(server, HttpMethod.Get, "/nowhere", rsa.Sign(read)));

        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Delete, "/api/v1/flow-reports", rsa.Sign(TestIssuer.Claims("kguardian-admin"))));
        using var audit = JsonDocument.Parse(await server.Api.GetTextAsync("/api/events/audit", ("Authorization", $"Bearer {Static}")));
        var clear = audit.RootElement.EnumerateArray().Single(row => row.GetProperty("activity_code").GetString() == "flows.clear");
        Assert.Equal("ada", clear.GetProperty("initiator_name").GetString());
        Assert.Contains(
            "The OIDC issuer", await server.Api.GetTextAsync("/api/v1/admin/doctor", ("Authorization", $"Bearer {Static}")),
            StringComparison.Ordinal);
        Assert.Equal(2, await server.Api.GetMetricAsync("kguardian_oidc_keys"));
        Assert.Equal(0, await server.StopAsync());
        Assert.Contains("dbug", server.Log, StringComparison.Ordinal);
        Assert.All(
            given.SelectMany(token => token.Split('.').Skip(1)).Where(part => part.Length > 5),
            part => Assert.DoesNotContain(part, server.Log, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Key_that_is_new_is_fetched_and_one_that_is_gone_is_refused()
    {
        using var authority = new TestAuthority("test issuers");
        using var certificate = authority.Issue("localhost");
        using var old = IssuerKey.Rsa("old");
        using var next = IssuerKey.Ec("next");
        await using var issuer = await TestIssuer.StartAsync(certificate, old);
        await using var store = await RemoteStore.CreateAsync();
        var file = Path.Combine(store.DataDirectory, "ca.pem");
        await File.WriteAllTextAsync(file, authority.Pem);
        await using var server = await store.StartServerAsync(
            [
                .. Settings(new UriBuilder(issuer.Authority) { Host = "localhost" }.Uri), ("KGUARDIAN_AUTH__OIDCCAFILE", file),
                ("HTTPS_PROXY", "http://127.0.0.1:1"),
            ]);
        var claims = TestIssuer.Claims("kguardian-read");

        // Nobody else is let in: there are no tokens, and it is no open server.
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(server, HttpMethod.Get, "/pod/traffic", "any-token"));
        using (var none = await server.Api.GetAsync("/pod/traffic"))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        }

        Assert.DoesNotContain("No token", server.Log, StringComparison.Ordinal);
        // Whoever guesses does not fill the log.
        Assert.DoesNotContain("authenticated", server.Log, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get, "/pod/traffic", old.Sign(claims)));

        issuer.Keys = [next];

        // The first that comes with it.
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get, "/pod/traffic", next.Sign(claims)));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(server, HttpMethod.Get, "/pod/traffic", old.Sign(claims)));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get, "/pod/traffic", next.Sign(claims)));
    }

    [Fact]
    public async Task While_the_issuer_is_away_tokens_go_on_and_its_users_are_told_to_come_again_until_it_is_back()
    {
        using var key = IssuerKey.Rsa("one");
        await using var issuer = await TestIssuer.StartAsync(certificate: null, key);
        await using var relay = new TcpRelay(issuer.Authority);
        relay.GoAway();
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(
            [("BROKER_AUTH_TOKEN", Static), .. Settings(new Uri(relay.Address, "/realms/cluster/")), ("KGUARDIAN_AUTH__OIDCROLECLAIM", "realm_access.roles")]);
        var token = key.Sign(With("realm_access", new JsonObject { ["roles"] = new JsonArray("offline_access", "kguardian-read") }));

        using (var undecided = await server.Api.GetAsync("/pod/traffic", ("Authorization", $"Bearer {token}")))
        {
            await Problem.AssertAsync(undecided, HttpStatusCode.ServiceUnavailable, "could not be fetched yet");
            Assert.NotNull(undecided.Headers.RetryAfter);
        }

        using (var broken = await server.Api.GetAsync("/pod/traffic", ("Authorization", "Bearer no.jwt.atall")))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, broken.StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get, "/pod/traffic", Static));
        Assert.Contains("Its users get 503", await DoctorAsync(server), StringComparison.Ordinal);
        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_oidc_keys"));
        Assert.True(await server.Api.GetMetricAsync("kguardian_oidc_failures_total") > 0);

        relay.Open();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get, "/pod/traffic", token));
        Assert.Contains("has 1 keys", await DoctorAsync(server), StringComparison.Ordinal);

        // The keys that are known count.
        relay.GoAway();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get, "/pod/traffic", token));
        using var unknown = IssuerKey.Rsa("unknown");
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(server, HttpMethod.Get, "/pod/traffic", unknown.Sign(TestIssuer.Claims("kguardian-read"))));
        Assert.Contains("The last 1 stay valid", await DoctorAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuer_that_does_not_answer_keeps_only_its_own_users_waiting()
    {
        using var key = IssuerKey.Rsa("one");
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        // Connections are made by the kernel; nobody reads from them.
        silent.Start();
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync([("BROKER_AUTH_TOKEN", Static), .. Settings(new Uri($"http://{silent.LocalEndpoint}/"))]);

        var waits = server.Api.GetAsync("/pod/traffic", ("Authorization", $"Bearer {key.Sign(TestIssuer.Claims("kguardian-read"))}"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get, "/pod/traffic", Static));
        Assert.False(waits.IsCompleted);

        using var undecided = await waits;
        await Problem.AssertAsync(undecided, HttpStatusCode.ServiceUnavailable, "could not be fetched yet");
        Assert.Equal(1, await server.Api.GetMetricAsync("kguardian_tokens_undecided_total"));
        Assert.Single(server.Log.Split('\n'), line => line.Contains("[1436]", StringComparison.Ordinal));
    }

    private static Task<string> DoctorAsync(ServerProcess server) => server.Api.GetTextAsync("/api/v1/admin/doctor", ("Authorization", $"Bearer {Static}"));

    private static (string Name, string Value)[] Settings(Uri authority) =>
        [("KGUARDIAN_AUTH__OIDCAUTHORITY", authority.ToString()), ("KGUARDIAN_AUTH__OIDCAUDIENCE", TestIssuer.Audience)];

    private static JsonObject With(string claim, JsonNode? value, params string[] roles)
    {
        var claims = TestIssuer.Claims(roles);
        if (value is null)
        {
            claims.Remove(claim);
        }
        else
        {
            claims[claim] = value;
        }

        return claims;
    }

    private static JsonObject Without(params string[] names)
    {
        var claims = TestIssuer.Claims("kguardian-read");
        foreach (var name in names)
        {
            claims.Remove(name);
        }

        return claims;
    }

    private static async Task<HttpStatusCode> SendAsync(ServerProcess server, HttpMethod method, string path, string token)
    {
        using var answer = await ApiClient.PatientlyAsync(async () =>
        {
            using var body = method == HttpMethod.Post ? new StringContent("[]", Encoding.UTF8, "application/json") : null;
            return await server.Api.SendAsync(method, path, body, ("Authorization", $"Bearer {token}"));
        });
        return answer.StatusCode;
    }
}
