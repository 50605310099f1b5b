using System.Net;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Any origin may use any method and header, and may remember that for an hour.</summary>
[Collection(OnLocalServer.Name)]
public sealed class CorsTests(LocalServer server)
{
    [Theory]
    [InlineData("/pod/traffic", "POST")]
    [InlineData("/pod/traffic/batch", "POST")]
    [InlineData("/pod/traffic/name", "DELETE")]
    public async Task Preflight_allows_everything_for_an_hour(string path, string method)
    {
        using var answer = await server.Api.SendAsync(
            HttpMethod.Options, path, content: null, ("Origin", "https://ui.example"), ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", "authorization,content-type,x-own"));

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("3600", Header(answer, "Access-Control-Max-Age"));
        Assert.Contains(Header(answer, "Access-Control-Allow-Methods"), new[] { method, "*" });
        Assert.Contains(Header(answer, "Access-Control-Allow-Headers"), new[] { "authorization,content-type,x-own", "*" });
    }

    [Theory]
    [InlineData("/pod/traffic?limit=1")]
    [InlineData("/pod/traffic/nobody")]
    [InlineData("/pod/traffic?limit=x")]
    [InlineData("/health")]
    public async Task Answers_of_any_status_may_be_read_by_any_origin(string path)
    {
        using var answer = await server.Api.GetAsync(path, ("Origin", "https://ui.example"));

        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        Assert.StartsWith("X-Rejected-Rows", Header(answer, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    private static string Header(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.GetValues(name));
}
