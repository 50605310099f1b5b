using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>HEAD and OPTIONS of every route (RFC 9110, 9.3.2 and 9.3.7).</summary>
[Collection(OnLocalServer.Name)]
public sealed class HeadTests(LocalServer server)
{
    /// <summary>Differ from one answer to the next.</summary>
    private static readonly string[] Changing =
    [
        "Date", "X-Window-From", "X-Window-To", "X-Cache", "Age", "X-Rows-Read", "X-Bytes-Read", "Transfer-Encoding", "Content-Length",
    ];

    [Fact]
    public async Task Every_route_of_GET_answers_HEAD_with_the_same_status_and_headers_and_no_body()
    {
        var paths = JsonDocument.Parse(await server.Api.GetTextAsync("/openapi/v1.json")).RootElement.GetProperty("paths");
        string[] asked =
        [
            .. paths.EnumerateObject()
                .Where(path => path.Value.TryGetProperty("get", out _) && !path.Name.Contains('{', StringComparison.Ordinal))
                .Select(path => path.Name),
            "/pod/traffic/prometheus-k8s-1", "/pod/traffic/nobody", "/pod/traffic?limit=x", "/api/v1/flows?format=csv",
            "/api/v1/flows?format=parquet", "/api/v1/flow-reports?group_by=day", "/nowhere", "/api/v1/flows/top?by=pod", "/api/v1/flows?limit=0",
            "/openapi/", "/api/v1/flow-reports/retention?dry_run=7",
        ];
        Assert.True(asked.Length > 25, string.Join(' ', asked));

        foreach (var path in asked)
        {
            using var get = await ApiClient.PatientlyAsync(() => server.Api.SendAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead));
            using var head = await ApiClient.PatientlyAsync(() => server.Api.SendAsync(HttpMethod.Head, path, null, HttpCompletionOption.ResponseContentRead));

            Assert.Equal((path, get.StatusCode), (path, head.StatusCode));
            Assert.Equal(Headers(get), Headers(head));
            Assert.Equal("", await head.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Head_of_a_stream_sends_no_row_and_leaves_no_query_behind()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync();
        await store.SqlAsync(ManyFlows.Insert);
        var before = await server.Api.GetMetricAsync("kguardian_bytes_streamed_total");

        foreach (var path in new[] { "/pod/traffic", "/api/v1/flows?format=ndjson&from=2026-05-12", "/pod/traffic/limits-1", "/api/v1/flows/tail" })
        {
            using var head = await ApiClient.PatientlyAsync(() => server.Api.SendAsync(HttpMethod.Head, path, null));
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        }

        Assert.Equal(before, await server.Api.GetMetricAsync("kguardian_bytes_streamed_total"));
        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_tails"));
        await Patience.UntilAsync("no query runs", async () =>
            (await store.SqlAsync(
                $"SELECT count() FROM system.processes WHERE current_database = '{store.Database}' AND query_id != queryID()")).Trim() == "0");
    }

    [Theory]
    [InlineData("/pod/traffic", "GET, HEAD, OPTIONS, POST")]
    [InlineData("/pod/traffic/name", "GET, HEAD, OPTIONS")]
    [InlineData("/api/v1/flow-reports/retention", "GET, HEAD, OPTIONS, PUT")]
    [InlineData("/health", "GET, HEAD, OPTIONS")]
    public async Task Options_says_what_a_route_takes(string path, string allowed)
    {
        using var answer = await server.Api.SendAsync(HttpMethod.Options, path, null);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow));
    }

    [Fact]
    public async Task Options_of_no_route_is_404()
    {
        using var answer = await server.Api.SendAsync(HttpMethod.Options, "/nowhere", null);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static string[] Headers(HttpResponseMessage answer) =>
        [
            .. answer.Headers.Concat(answer.Content.Headers)
                .Where(header => !Changing.Contains(header.Key))
                .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")
                .Order(StringComparer.Ordinal),
        ];
}
