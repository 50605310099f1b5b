using System.Globalization;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Clients that close their sending side behind a whole request, and still wait for the answer.</summary>
[Collection(OnLocalServer.Name)]
public sealed class HalfClosedTests(LocalServer server)
{
    private const string Json = "Content-Type: application/json\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public async Task Post_is_answered_with_its_count_however_large_and_in_whatever_pieces(int flows)
    {
        var pod = FlowEvent.NewPod();
        var body = Encoding.UTF8.GetBytes(FlowEvent.Batch(FlowEvent.Many(pod, flows)));
        var head = Encoding.ASCII.GetBytes($"POST /pod/traffic/batch HTTP/1.1\r\nHost: x\r\n{Json}Content-Length: {body.Length}\r\n\r\n");
        var chunked = Encoding.ASCII.GetBytes($"POST /pod/traffic/batch HTTP/1.1\r\nHost: x\r\n{Json}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n");

        // At once, in two pieces, and once more in chunks: then nothing is new.
        AssertCount(flows, await AskAsync([.. head, .. body]));
        AssertCount(0, await AskAsync(head, body));
        AssertCount(0, await AskAsync([.. chunked, .. body, .. "\r\n0\r\n\r\n"u8]));
        AssertCount(0, await AskAsync([.. chunked, .. body[..(body.Length / 2)]], body[(body.Length / 2)..], "\r\n0\r\n\r\n"u8.ToArray()));
        Assert.Equal(flows, (await server.Api.GetPodAsync(pod)).Length);
    }

    [Fact]
    public async Task Several_requests_behind_each_other_are_all_answered()
    {
        var row = FlowEvent.Of(FlowEvent.NewPod(), 1).ToJson();
        var one = Encoding.UTF8.GetBytes(
            $"POST /pod/traffic/batch HTTP/1.1\r\nHost: x\r\n{Json}Content-Length: {Encoding.UTF8.GetByteCount(row) + 2}\r\n\r\n[{row}]");

        var answers = await AskAsync([.. one, .. one, .. "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"u8]);

        Assert.Equal(3, answers.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Contains("Healthy!", answers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "Healthy!")]
    [InlineData("GET /pod/traffic?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n", "pod_name")]
    [InlineData("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK")]
    [InlineData("PUT /api/v1/flow-reports/retention?dry_run=30 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "dry_run")]
    public async Task Other_requests_are_answered_too(string request, string says)
    {
        var answer = await AskAsync(Encoding.ASCII.GetBytes(request));

        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.Contains(says, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_without_end_ends_when_its_client_is_taken_to_be_gone()
    {
        var answer = await AskAsync("GET /api/v1/flows/tail HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());

        Assert.Contains("text/event-stream", answer, StringComparison.Ordinal);
        await Patience.UntilAsync("the tail is left", async () => await server.Api.GetMetricAsync("kguardian_tails") == 0);
    }

    [Fact]
    public async Task Body_that_ends_before_its_length_or_last_chunk_stores_nothing()
    {
        var row = FlowEvent.Of(FlowEvent.NewPod(), 1);
        var body = Encoding.UTF8.GetBytes($"[{row.ToJson()}]");

        foreach (var framing in new[] { $"Content-Length: {body.Length + 1}\r\n\r\n", $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n" })
        {
            var answer = await AskAsync([.. Encoding.ASCII.GetBytes($"POST /pod/traffic/batch HTTP/1.1\r\nHost: x\r\n{Json}{framing}"), .. body]);
            Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
        }

        Assert.Empty(await server.Api.GetPodAsync(row.PodName!));
    }

    private static void AssertCount(int flows, string answer)
    {
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $"\r\n\r\n{flows}"), answer, StringComparison.Ordinal);
    }

    /// <summary>Sends the pieces, closes the sending side, and reads what comes until the server closes, or resets.</summary>
    private async Task<string> AskAsync(params byte[][] pieces)
    {
        using var connection = await RawConnection.OpenAsync(server.Api.Address);
        foreach (var piece in pieces)
        {
            await connection.SendAsync(piece);
        }

        connection.EndSending();
        return await connection.ReadAllAsync();
    }
}
