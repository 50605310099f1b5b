using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Bodies that are read at once may hold so many bytes together, and no more.</summary>
public sealed class BufferedBytesTests
{
    private const int Limit = 4096;

    [Fact]
    public async Task Body_that_finds_no_room_is_503_until_a_slow_one_has_ended_and_small_ones_are_taken_meanwhile()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("KGUARDIAN_INGEST__MAXBUFFEREDBYTES", $"{Limit}"));
        var (slowPod, pod) = (FlowEvent.NewPod(), FlowEvent.NewPod());
        var slow = FlowEvent.Batch(FlowEvent.Many(slowPod, 10));
        var large = FlowEvent.Batch(FlowEvent.Many(pod, 5));
        Assert.InRange(slow.Length, 3000, Limit);
        Assert.InRange(large.Length, Limit - slow.Length + 500, Limit);

        using var connection = await RawConnection.OpenAsync(server.Api.Address);
        await connection.PostHeadAsync("/pod/traffic/batch", slow, out var body);
        await connection.SendAsync(body[..^100]);
        await Patience.UntilAsync("the slow body takes the room", async () =>
            await server.Api.GetMetricAsync("kguardian_ingest_buffered_bytes") >= body.Length - 100);
        using (var answer = await server.Api.PostAsync("/pod/traffic/batch", large))
        {
            await Problem.AssertAsync(answer, HttpStatusCode.ServiceUnavailable, "Ingest:MaxBufferedBytes");
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        var small = FlowEvent.Of(pod, 100);
        Assert.True(small.ToJson().Length < Limit - slow.Length);
        Assert.Equal(1, await server.Api.PostBatchAsync([small]));
        Assert.True(await server.Api.GetMetricAsync("kguardian_ingest_requests_refused_total{status=\"503\"}") >= 1);

        await connection.SendAsync(body[^100..]);
        Assert.Contains("200", await connection.ReadLineAsync(), StringComparison.Ordinal);
        await server.Api.PostBatchAsync(FlowEvent.Many(pod, 5));
        await server.Api.LoadedAsync();
        Assert.Equal(10, (await server.Api.GetPodAsync(slowPod)).Length);
        Assert.Equal(6, (await server.Api.GetPodAsync(pod)).Length);
    }

    [Fact]
    public async Task Body_that_is_larger_than_all_room_is_503_and_gives_back_what_it_took()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("KGUARDIAN_INGEST__MAXBUFFEREDBYTES", $"{Limit}"));
        var large = FlowEvent.Batch(FlowEvent.Many(FlowEvent.NewPod(), 500));
        foreach (var encoding in new[] { null, "gzip", "br" })
        {
            using var answer = await server.Api.PostAsync(
                "/pod/traffic/batch", encoding is null ? System.Text.Encoding.UTF8.GetBytes(large) : Packed.As(encoding, large), encoding);
            await Problem.AssertAsync(answer, HttpStatusCode.ServiceUnavailable, "Ingest:MaxBufferedBytes");
        }

        Assert.Equal(5, await server.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 5)));
    }
}
