using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Audits;

/// <summary>Whatever refuses a question for audits: the family's status and envelope.</summary>
public sealed class AuditRefusalTests
{
    private const string Path = "/v1/audits";

    private static readonly (string, string) Reader = ("Authorization", "bearer reader-token");

    [Fact]
    public async Task Token_limits_a_clear_and_a_missing_ClickHouse_have_their_codes()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var relay = new TcpRelay(store.Endpoint.Url);
        var (ingest, read) = (System.IO.Path.Combine(store.DataDirectory, "in"), System.IO.Path.Combine(store.DataDirectory, "read"));
        await File.WriteAllTextAsync(ingest, "agent-token");
        await File.WriteAllTextAsync(read, "reader-token");
        await using var server = await ServerProcess.StartAsync(
            store.DataDirectory,
            [
                .. store.SettingsAt(relay.Address), ("KGUARDIAN_AUTH__INGESTTOKENFILE", ingest), ("KGUARDIAN_AUTH__READTOKENFILE", read),
                ("BROKER_AUTH_TOKEN", "admin-token"), ("KGUARDIAN_QUERY__MAXCONCURRENTPERCLIENT", "1"), ("KGUARDIAN_QUERY__QUEUEPERCLIENT", "0"),
            ]);
        await store.SqlAsync(ManyFlows.Insert);

        await ErrorAsync(server, "?limit=x", HttpStatusCode.Unauthorized, "unauthenticated");
        await ErrorAsync(server, "?limit=x", HttpStatusCode.Forbidden, "permission_denied", ("Authorization", "Bearer agent-token"));
        // A body of 100 MB that nobody reads: it runs for as long as it is open.
        using (var open = await ApiClient.PatientlyAsync(() =>
            server.Api.SendAsync(HttpMethod.Get, "/pod/traffic", null, HttpCompletionOption.ResponseHeadersRead, Reader)))
        {
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
            await ErrorAsync(server, "", HttpStatusCode.TooManyRequests, "resource_exhausted", Reader);
        }

        // The clear is carried out, and does not know.
        relay.Inject(RelayFault.LateAnswer, "TRUNCATE", times: 1, delay: TimeSpan.FromHours(1));
        var clearing = server.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", content: null, ("Authorization", "Bearer admin-token"));
        await Patience.UntilAsync("the clear has begun", () => relay.Done == 1);
        await ErrorAsync(server, "", HttpStatusCode.Conflict, "already_exists", Reader);

        relay.GoAway();
        (await clearing).Dispose();
        await ErrorAsync(server, "", HttpStatusCode.ServiceUnavailable, "unavailable", Reader);
    }

    [Fact]
    public async Task Query_that_takes_longer_than_it_may_is_504()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("KGUARDIAN_QUERY__TIMELIMIT", "00:00:00.0010000"));
        await store.SqlAsync(ManyFlows.Insert.Replace("'INGRESS'", "'EGRESS'", StringComparison.Ordinal));

        var error = await ErrorAsync(server, "", HttpStatusCode.GatewayTimeout, "deadline_exceeded");

        Assert.Contains("Query:TimeLimit = 00:00:00.0010000", error, StringComparison.Ordinal);
    }

    private static async Task<string> ErrorAsync(
        ServerProcess server, string query, HttpStatusCode status, string code, params (string Name, string Value)[] headers)
    {
        using var answer = await ApiClient.PatientlyAsync(async () =>
        {
            var answer = await server.Api.GetAsync($"{Path}{query}", headers);
            Assert.Equal(
                answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests, answer.Headers.RetryAfter is not null);
            if (status == HttpStatusCode.ServiceUnavailable)
            {
                answer.Headers.RetryAfter = null;
            }

            return answer;
        });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        var error = JsonNode.Parse(text)!["error"]!.AsObject();
        Assert.Equal(["code", "message"], error.Select(member => member.Key));
        Assert.Equal(code, error["code"]!.GetValue<string>());
        return error["message"]!.GetValue<string>();
    }
}
