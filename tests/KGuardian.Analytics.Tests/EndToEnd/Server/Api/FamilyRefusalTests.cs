using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Whatever refuses a request, a family's errors have its own shape.</summary>
public sealed class FamilyRefusalTests
{
    [Theory]
    [InlineData("/api/v1/flow-reports", "error")]
    [InlineData("/api/v1/flow-reports?group_by=day", "error")]
    [InlineData("/api/v1/flow-reports/stats", "error")]
    [InlineData("/api/v1/flow-reports/retention?dry_run=1", "error")]
    [InlineData("/api/events/network-traffic", "message,code")]
    [InlineData("/api/events/audit", "message,code")]
    [InlineData("/api/v1/flows", "type,title,status,detail")]
    public async Task Missing_token_and_ClickHouse_away_are_told_in_the_familys_shape(string path, string names)
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var relay = new TcpRelay(store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(store.DataDirectory, [.. store.SettingsAt(relay.Address), ("BROKER_AUTH_TOKEN", "secret")]);

        var refused = await ErrorAsync(server, path, HttpStatusCode.Unauthorized);
        Assert.Equal(names.Split(','), refused);

        relay.GoAway();
        // Once it is known to be away nothing is sent, and there is no query to name.
        Assert.Equal(
            names.Split(','),
            (await ErrorAsync(server, path, HttpStatusCode.ServiceUnavailable, ("Authorization", "Bearer secret"))).Except(["queryId"]));
    }

    private static async Task<string[]> ErrorAsync(ServerProcess server, string path, HttpStatusCode status, params (string Name, string Value)[] headers)
    {
        using var answer = await server.Api.GetAsync(path, headers);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        Assert.Equal(status == HttpStatusCode.ServiceUnavailable, answer.Headers.RetryAfter is not null);
        return [.. JsonDocument.Parse(text).RootElement.EnumerateObject().Select(property => property.Name)];
    }
}
