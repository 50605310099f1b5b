using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Unknown routes and methods, bodies that come slowly or not at all.</summary>
[Collection(OnLocalServer.Name)]
public sealed class RoutingTests(LocalServer server)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/pod")]
    [InlineData("/pods/traffic")]
    [InlineData("/pod/traffic/a/b")]
    [InlineData("/clickhouse-node")]
    public async Task Unknown_route_is_404(string path)
    {
        using var answer = await server.Api.GetAsync(path);

        await Problem.AssertAsync(answer, HttpStatusCode.NotFound, path);
    }

    [Theory]
    [InlineData("DELETE", "/pod/traffic", "GET, HEAD, OPTIONS, POST")]
    [InlineData("PUT", "/pod/traffic", "GET, HEAD, OPTIONS, POST")]
    [InlineData("PUT", "/pod/traffic/batch", "GET, HEAD, OPTIONS, POST")]
    [InlineData("POST", "/api/v1/flow-reports", "DELETE, GET, HEAD, OPTIONS")]
    [InlineData("POST", "/pod/traffic/name", "GET, HEAD, OPTIONS")]
    [InlineData("POST", "/health", "GET, HEAD, OPTIONS")]
    [InlineData("POST", "/metrics", "GET, HEAD, OPTIONS")]
    [InlineData("DELETE", "/version", "GET, HEAD, OPTIONS")]
    public async Task Wrong_method_is_405_with_Allow(string method, string path, string allowed)
    {
        using var answer = await server.Api.SendAsync(new HttpMethod(method), path, content: null);

        await Problem.AssertAsync(answer, HttpStatusCode.MethodNotAllowed, method);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow.Order()));
    }

    [Fact]
    public async Task Body_sent_in_chunks_is_taken()
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 100));

        using var answer = await server.Api.SendAsync(
            HttpMethod.Post, "/pod/traffic/batch", new ChunkedContent(System.Text.Encoding.UTF8.GetBytes(FlowEvent.Batch(rows)), 333));

        Assert.Equal("100", await answer.Content.ReadAsStringAsync());
        Assert.Equal(rows, await server.Api.GetPodAsync(pod));
    }

    [Fact]
    public async Task Body_sent_byte_by_byte_is_taken()
    {
        var pod = FlowEvent.NewPod();
        var row = FlowEvent.Of(pod, 1) with { PodNamespace = "名前空間" };
        using var connection = await RawConnection.OpenAsync(server.Api.Address);

        await connection.PostHeadAsync("/pod/traffic/batch", $"[{row.ToJson()}]", out var body);
        foreach (var one in body)
        {
            await connection.SendAsync([one]);
        }

        Assert.Contains("200 OK", await connection.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal([row], await server.Api.GetPodAsync(pod));
    }

    [Fact]
    public async Task Body_that_ends_before_its_length_stores_nothing()
    {
        var pod = FlowEvent.NewPod();
        using (var connection = await RawConnection.OpenAsync(server.Api.Address))
        {
            await connection.PostHeadAsync("/pod/traffic/batch", $"[{FlowEvent.Of(pod, 1).ToJson()}]", out var body);
            await connection.SendAsync(body[..^1]);
        }

        Assert.Empty(await server.Api.GetPodAsync(pod));
        Assert.Equal(1, await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1)]));
    }

    [Theory]
    [InlineData("GARBAGE\r\n\r\n")]
    [InlineData("POST /pod/traffic/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: x\r\n\r\n")]
    [InlineData("POST /pod/traffic/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData(
        "POST /pod/traffic/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "1\r\n[\r\nFFFFFFFFFFFFFFFFF\r\n")]
    [InlineData(
        "PUT /api/v1/flow-reports/retention HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "1\r\n{\r\nFFFFFFFFFFFFFFFFF\r\n")]
    public async Task Request_that_is_not_http_is_400(string request)
    {
        using var connection = await RawConnection.OpenAsync(server.Api.Address);

        await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes(request));

        Assert.Contains("400 Bad Request", await connection.ReadLineAsync(), StringComparison.Ordinal);
    }
}
