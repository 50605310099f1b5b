using System.IO.Compression;
using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Peers;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Upstream;

/// <summary>A server that sends what it accepted to the old broker as well.</summary>
public sealed class TeeServerTests : IAsyncLifetime
{
    private OldBroker _broker = null!;
    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await OldBroker.StartAsync();
        _store = await RemoteStore.CreateAsync();
        _server = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Accepted_posts_come_to_the_old_broker_as_they_were_and_refused_ones_do_not()
    {
        var api = _server.Api;
        var batch = FlowEvent.Batch(FlowEvent.Many("shop-0", 1000)).Replace("\"uuid\"", "\"peer_kind\":\"pod\",\"uuid\"", StringComparison.Ordinal);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(batch));
        }

        (string Path, string Body)[] posts =
        [
            ("/pod/traffic/batch", batch),
            ("/pod/traffic", FlowEvent.Of("shop-1", 1).ToJson()),
            ("/pod/spec", Pods.Detail("shop-0").ToJsonString()),
            ("/pod/mark_dead", """{"pod_name":"shop-0"}"""),
            ("/svc/spec", """{"svc_ip":"10.96.0.10","svc_name":"shop","service_spec":{},"time_stamp":"2026-05-12T10:32:14.123456"}"""),
            ("/pod/syscalls",
                """[{"pod_name":"shop-0","pod_namespace":"shop","syscalls":["read"],"arch":"x86_64","time_stamp":"2026-05-12T10:32:14.123456"}]"""),
        ];
        foreach (var (path, body) in posts)
        {
            using var answer = path == "/pod/traffic/batch" ? await api.PostAsync(path, packed.ToArray(), "gzip") : await api.PostAsync(path, body);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }

        foreach (var path in posts.Select(post => post.Path))
        {
            using var refused = await api.PostAsync(path, "{\"pod_name\":");
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        // Another server's tee: what it sends is not sent on.
        using (var teed = await api.SendAsync(
            HttpMethod.Post, "/pod/traffic", new StringContent(FlowEvent.Of("teed", 1).ToJson(), Encoding.UTF8, "application/json"), ("X-KGuardian-Tee", "1")))
        {
            Assert.Equal(HttpStatusCode.OK, teed.StatusCode);
        }

        await Patience.UntilAsync("all came", () => _broker.Posts.Count >= posts.Length);
        Assert.Equal(posts.Order(), _broker.Posts.Select(post => (post.Path, post.Body)).Order());
        Assert.All(_broker.Posts, post => Assert.Equal("Bearer old-1", post.Token));
        await Patience.UntilAsync("they are counted", async () =>
            await api.GetMetricAsync("kguardian_upstream_posts_total{kind=\"pods\",result=\"sent\"}") == 2
            && await api.GetMetricAsync("kguardian_upstream_new_flows_total{at=\"here\"}") == 1000);
        // A read brings in what was acknowledged; the doctor looks at what ClickHouse has.
        await api.GetTextAsync("/pod/traffic?limit=1");
        using var doctor = await api.GetAsync("/api/v1/admin/doctor");
        var text = await doctor.Content.ReadAsStringAsync();
        Assert.Contains(
            "took 6 posts since this server started, 0 failed and 0 were shed; of the same batches 1000 flows were new here and 1 there", text,
            StringComparison.Ordinal);
        Assert.Contains("shop-0 1000 here, 2 there", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old-1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_takes_posts_while_the_old_broker_hangs_or_is_away()
    {
        var release = new TaskCompletionSource();
        _broker.Answer = _ => release.Task;
        await _server.StopAsync();
        await _server.DisposeAsync();
        _server = await StartAsync(("KGUARDIAN_UPSTREAM__MAXQUEUEDBYTES", "100000"));
        var flows = FlowEvent.Many("shop-0", 3000);

        // Answered although the broker answers nothing: else the first would wait for ever.
        foreach (var batch in flows.Chunk(100))
        {
            Assert.Equal(100, await _server.Api.PostBatchAsync(batch));
        }

        Assert.True(await _server.Api.GetMetricAsync("kguardian_upstream_posts_total{kind=\"traffic\",result=\"shed\"}") > 20);
        Assert.InRange(await _server.Api.GetMetricAsync("kguardian_upstream_queued_bytes"), 1, 100_000);
        using var doctor = await _server.Api.GetAsync("/api/v1/admin/doctor");
        Assert.Contains("were shed", await doctor.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        release.SetResult();
        await Patience.UntilAsync("what waited was sent", async () => await _server.Api.GetMetricAsync("kguardian_upstream_queued_bytes") == 0);
        Assert.Equal(3000, (await _server.Api.GetRowsAsync("/pod/traffic")).Length);
    }

    private Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings) =>
        _store.StartServerAsync([("KGUARDIAN_UPSTREAM__BROKERURL", _broker.Url.ToString()), ("KGUARDIAN_UPSTREAM__TOKEN", "old-1"), .. settings]);
}
