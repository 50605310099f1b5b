using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Codings of bodies as RFC 9110, 8.4.1 has them: any case, old names, several in the order in which they were applied.</summary>
[Collection(OnLocalServer.Name)]
public sealed class ContentCodingTests(LocalServer server)
{
    [Theory]
    [InlineData("Identity", "")]
    [InlineData("IDENTITY", "")]
    [InlineData("", "")]
    [InlineData(" , identity,", "")]
    [InlineData("gzip", "gzip")]
    [InlineData("GZip", "gzip")]
    [InlineData("x-gzip", "gzip")]
    [InlineData("X-GZIP", "gzip")]
    [InlineData("Br", "br")]
    [InlineData("Deflate", "deflate")]
    [InlineData("gzip, identity", "gzip")]
    [InlineData("identity,gzip", "gzip")]
    [InlineData("gzip,br", "gzip br")]
    [InlineData("br , x-gzip", "br gzip")]
    [InlineData("deflate, deflate", "deflate deflate")]
    [InlineData("gzip\nbr", "gzip br")]
    public async Task Body_is_unpacked_as_its_header_says(string header, string packings)
    {
        var row = FlowEvent.Of(FlowEvent.NewPod(), 1);
        var body = Encoding.UTF8.GetBytes($"[{row.ToJson()}]");
        foreach (var packing in packings.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            body = Packed.As(packing, body);
        }

        using var answer = await SendAsync("/pod/traffic/batch", body, header.Split('\n'));

        Assert.Equal((HttpStatusCode.OK, "1"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal([row], await server.Api.GetPodAsync(row.PodName!));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("x-compress")]
    [InlineData("gzip;q=1")]
    [InlineData("*")]
    [InlineData("gzip, unknown")]
    [InlineData("gzip, br, gzip")]
    public async Task Coding_that_is_not_known_or_too_many_are_415_that_says_which_are(string header)
    {
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Post, "/pod/traffic/batch"), (HttpMethod.Post, "/pod/traffic"), (HttpMethod.Put, "/api/v1/flow-reports/retention"),
        })
        {
            using var answer = await SendAsync(path, "[]"u8.ToArray(), [header], method);

            Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
            Assert.Equal("gzip, br, deflate, identity", string.Join(", ", answer.Headers.GetValues("Accept-Encoding")));
            Assert.Contains("Content-Encoding", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Body_that_is_small_at_both_ends_and_a_bomb_between_them_is_413()
    {
        // 256 MiB of empty gzip members: nothing at all, behind the second unpacking.
        byte[] empty = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var members = new byte[empty.Length * ((256 << 20) / empty.Length)];
        for (var at = 0; at < members.Length; at += empty.Length)
        {
            empty.CopyTo(members, at);
        }

        using var answer = await SendAsync("/pod/traffic/batch", Packed.As("gzip", members), ["gzip, gzip"]);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;CHARSET=\"UTF-8\"")]
    public async Task Media_type_is_compared_without_its_case_and_parameters(string type)
    {
        using var answer = await server.Api.PostAsync(
            "/pod/traffic/batch", Encoding.UTF8.GetBytes($"[{FlowEvent.Of(FlowEvent.NewPod(), 1).ToJson()}]"), type: type);

        Assert.Equal((HttpStatusCode.OK, "1"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("application/x-ndjson", "application/x-ndjson")]
    [InlineData("Application/X-NDJSON", "application/x-ndjson")]
    [InlineData("application/x-ndjson;q=0", "application/json")]
    [InlineData("application/x-ndjson;q=0.0, */*", "application/json")]
    [InlineData("application/x-ndjson;q=0.5, application/json", "application/json")]
    [InlineData("nonsense, application/x-ndjson", "application/x-ndjson")]
    [InlineData("*/*", "application/json")]
    public async Task Accept_chooses_the_rows_format_by_quality(string accept, string type)
    {
        using var answer = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/pod/traffic?limit=1", ("Accept", accept)));

        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("GZIP", "gzip")]
    [InlineData("gzip;q=0", null)]
    [InlineData("br;q=0, gzip;q=0.1", "gzip")]
    [InlineData("identity", null)]
    [InlineData("", null)]
    public async Task Answer_is_packed_only_as_asked_for(string accept, string? coding)
    {
        using var answer = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/pod/traffic?limit=1", ("Accept-Encoding", accept)));

        Assert.Equal(coding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
    }

    private Task<HttpResponseMessage> SendAsync(string path, byte[] body, string[] codings, HttpMethod? method = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", codings);
        return server.Api.SendAsync(method ?? HttpMethod.Post, path, content);
    }
}
