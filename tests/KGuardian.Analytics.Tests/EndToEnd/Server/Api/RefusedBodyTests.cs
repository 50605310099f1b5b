using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Bodies of which nothing is stored.</summary>
[Collection(OnLocalServer.Name)]
public sealed class RefusedBodyTests(LocalServer server)
{
    private const string Batch = "/pod/traffic/batch";
    private const string Single = "/pod/traffic";

    private readonly string _pod = FlowEvent.NewPod();

    private string Good => FlowEvent.Of(_pod, 1).ToJson();

    public static TheoryData<string, string, int> Malformed => new()
    {
        // {0} is a good event; the offset is relative to its end, or absolute before it.
        { Batch, "", 0 }, { Batch, "  ", 2 }, { Batch, "null", 0 }, { Batch, "7", 0 }, { Batch, "\"text\"", 0 }, { Batch, "{0}", 0 },
        { Batch, "[{0}", 1 }, { Batch, "[{0},", 2 }, { Batch, "[{0},]", 2 }, { Batch, "[{0} {0}]", 2 }, { Batch, "[{0}]]", 2 },
        { Batch, "[{0}] true", 3 }, { Batch, "[{0},{\"uuid\"}]", 9 }, { Batch, "[{0},{\"uuid\":}]", 10 }, { Batch, "[{0},{uuid:1}]", 3 },
        { Batch, "[{0},{\"a\":tru}]", 7 }, { Batch, "[{0},nul]", 2 }, { Batch, "[{0},{\"a\":01}]", 8 }, { Batch, "[{0},{\"a\":\"\t\"}]", 8 },
        { Single, "", 0 }, { Single, "[{0}]", 0 }, { Single, "null", 0 }, { Single, "{0}{0}", 0 }, { Single, "{\"uuid\":\"", 9 },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_body_is_400_with_offset_and_expectation(string path, string body, int offset)
    {
        var absolute = body.IndexOf("{0}", StringComparison.Ordinal) is var at and >= 0
            && !(path == Batch && at == 0) && body != "[{0}]" && !(path == Single && at > 0)
                ? Encoding.UTF8.GetByteCount(Good) + offset
                : offset;

        using var answer = await server.Api.PostAsync(path, body.Replace("{0}", Good, StringComparison.Ordinal));

        var problem = await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, "expected");
        Assert.NotEqual("", problem.GetProperty("expected").GetString());
        Assert.InRange(problem.GetProperty("byteOffset").GetInt64(), absolute - 3, absolute + 3);
        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }

    [Fact]
    public async Task Batch_cut_anywhere_stores_nothing()
    {
        var body = Encoding.UTF8.GetBytes($"[{Good},{FlowEvent.Of(_pod, 2).ToJson()}]");
        for (var length = 0; length < body.Length; length += 13)
        {
            using var answer = await server.Api.PostAsync(Batch, body[..length]);
            await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, "expected");
        }

        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }

    [Fact]
    public async Task Nesting_and_length_refuse_no_body_that_is_JSON()
    {
        var deep = $"[{Good},{{\"x\":{new string('[', 1000)}{new string(']', 1000)}}}]";
        var longToken = $"[{Good},{{\"x\":\"{new string('x', 70_000)}\"}}]";
        var longName = $"[{Good},{{\"{new string('x', 70_000)}\":1}}]";
        var longRow = $"[{Good},{{{string.Join(',', Enumerable.Range(0, 30_000).Select(n => $"\"k{n}\":{n}"))}}}]";
        foreach (var body in new[] { deep, longToken, longName, longRow })
        {
            using var answer = await server.Api.PostAsync(Batch, body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            // The row without a uuid.
            Assert.Equal(["1"], answer.Headers.GetValues("X-Rejected-Rows"));
        }

        using var endless = await server.Api.PostAsync(Batch, new string('[', 500_000));
        await Problem.AssertAsync(endless, HttpStatusCode.BadRequest, "expected");
        Assert.Single(await server.Api.GetPodAsync(_pod));
    }

    [Theory]
    [InlineData(Batch)]
    [InlineData(Single)]
    public async Task Body_over_MaxBodyBytes_is_413(string path)
    {
        var json = path == Single ? Good : $"[{Good}]";
        var body = Encoding.UTF8.GetBytes(json + new string(' ', AnyServer.MaxBodyBytes));

        using var announced = await server.Api.PostAsync(path, body);
        using var chunked = await server.Api.SendAsync(HttpMethod.Post, path, new ChunkedContent(body, 10_000));

        await Problem.AssertAsync(announced, HttpStatusCode.RequestEntityTooLarge, "MaxBodyBytes");
        await Problem.AssertAsync(chunked, HttpStatusCode.RequestEntityTooLarge, "MaxBodyBytes");
        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }

    [Fact]
    public async Task Body_of_exactly_MaxBodyBytes_is_taken()
    {
        var body = $"[{Good}]";

        using var answer = await server.Api.PostAsync(Batch, body + new string(' ', AnyServer.MaxBodyBytes - Encoding.UTF8.GetByteCount(body)));

        Assert.Equal("1", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Body_that_unpacks_to_more_than_MaxBodyBytes_is_413(string encoding)
    {
        // 64 MiB of spaces, less than the limit on the wire.
        var bomb = Packed.As(encoding, [.. Encoding.UTF8.GetBytes($"[{Good}"), .. Enumerable.Repeat((byte)' ', 64 << 20)]);
        Assert.True(bomb.Length < AnyServer.MaxBodyBytes);

        using var answer = await server.Api.PostAsync(Batch, bomb, encoding);

        await Problem.AssertAsync(answer, HttpStatusCode.RequestEntityTooLarge, "MaxBodyBytes");
        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Packed_body_that_is_cut_or_damaged_is_400(string encoding)
    {
        var whole = Packed.As(encoding, FlowEvent.Batch(FlowEvent.Many(_pod, 200)));
        byte[] damaged = [.. whole];
        for (var at = whole.Length / 2; at < (whole.Length / 2) + 40; at++)
        {
            damaged[at] ^= 0x55;
        }

        foreach (var body in new[] { whole[..(whole.Length / 2)], whole[..^1], damaged, Encoding.UTF8.GetBytes($"[{Good}]") })
        {
            using var answer = await server.Api.PostAsync(Batch, body, encoding);
            await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, "");
        }

        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("gzip, zstd")]
    [InlineData("gzip, gzip, gzip")]
    [InlineData("nonsense")]
    public async Task Encoding_that_is_not_known_is_415(string encoding)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($"[{Good}]"));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        using var answer = await server.Api.SendAsync(HttpMethod.Post, Batch, content);

        await Problem.AssertAsync(answer, HttpStatusCode.UnsupportedMediaType, "Content-Encoding");
        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }

    [Fact]
    public async Task Encoding_identity_is_no_encoding()
    {
        using var answer = await server.Api.PostAsync(Batch, Encoding.UTF8.GetBytes($"[{Good}]"), "identity");

        Assert.Equal((HttpStatusCode.OK, "1"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task Content_type_other_than_json_is_415(string type)
    {
        foreach (var (path, body) in new[] { (Batch, $"[{Good}]"), (Single, Good) })
        {
            using var answer = await server.Api.PostAsync(path, Encoding.UTF8.GetBytes(body), type: type);
            await Problem.AssertAsync(answer, HttpStatusCode.UnsupportedMediaType, "application/json");
        }

        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }
}
