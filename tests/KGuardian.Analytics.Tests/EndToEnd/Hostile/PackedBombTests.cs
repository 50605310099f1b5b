using System.IO.Compression;
using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Hostile;

/// <summary>Bodies that unpack to far more than they are, on every route that takes one. Up to 64 MiB, nesting and damage: RefusedBodyTests.</summary>
public sealed class PackedBombTests : IAsyncLifetime
{
    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync(("KGUARDIAN_INGEST__MAXBODYBYTES", "4194304"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Body_of_half_a_gibibyte_packed_small_is_413_and_costs_no_memory()
    {
        foreach (var encoding in new[] { "gzip", "br", "deflate" })
        {
            // On the wire all are below their route's limit, which are 4 MiB and 64 KiB.
            foreach (var (method, path, begin, megabytes) in new[]
            {
                ("POST", "/pod/traffic/batch", "[", 512), ("POST", "/pod/traffic", "", 512), ("PUT", "/api/v1/flow-reports/retention", "{", 32),
            })
            {
                var bomb = Bomb(encoding, megabytes, begin);
                var before = _server.ResidentBytes();
                using var content = Content(bomb, encoding);
                using var answer = await _server.Api.SendAsync(new HttpMethod(method), path, content);
                Assert.True(
                    answer.StatusCode == HttpStatusCode.RequestEntityTooLarge,
                    $"{method} {path} {encoding}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                Assert.InRange(_server.ResidentBytes() - before, long.MinValue, 64L << 20);
            }
        }
    }

    [Fact]
    public async Task Packed_settings_that_are_damaged_are_400()
    {
        foreach (var encoding in new[] { "gzip", "br", "deflate" })
        {
            var whole = Packed.As(encoding, "{\"days\": 7}");
            foreach (var body in new[]
            {
                whole[..^3], whole[..(whole.Length / 2)], "{\"days\": 7}"u8.ToArray(), [.. whole[..4], .. whole[6..]], Packed.As(encoding, whole),
            })
            {
                using var content = Content(body, encoding);
                using var answer = await _server.Api.SendAsync(HttpMethod.Put, "/api/v1/flow-reports/retention", content);
                Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.OK, $"{encoding}: {answer.StatusCode}");
            }
        }

        Assert.Equal("{\"result\":{\"days\":30}}", await _server.Api.GetTextAsync("/api/v1/flow-reports/retention"));
    }

    [Fact]
    public async Task Many_bombs_at_once_leave_room_for_others()
    {
        var bomb = Bomb("gzip", 256, "[");
        var before = _server.ResidentBytes();

        var bombs = Enumerable.Range(0, 32).Select(async _ =>
        {
            using var content = Content(bomb, "gzip");
            using var answer = await _server.Api.SendAsync(HttpMethod.Post, "/pod/traffic/batch", content);
            return answer.StatusCode;
        }).ToArray();
        var pod = FlowEvent.NewPod();
        Assert.Equal(100, await _server.Api.PostBatchAsync(FlowEvent.Many(pod, 100)));

        Assert.All(await Task.WhenAll(bombs), status => Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status));
        Assert.InRange(_server.ResidentBytes() - before, long.MinValue, 192L << 20);
        Assert.Equal(100, (await _server.Api.GetPodAsync(pod)).Length);
    }

    private static ByteArrayContent Content(byte[] body, string encoding)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.ContentEncoding.Add(encoding);
        return content;
    }

    /// <summary>So many MiB of spaces behind a good begin.</summary>
    private static byte[] Bomb(string encoding, int megabytes, string begin)
    {
        using var packed = new MemoryStream();
        using (Stream packer = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            packer.Write(Encoding.ASCII.GetBytes(begin));
            var spaces = new byte[1 << 20];
            Array.Fill(spaces, (byte)' ');
            for (var n = 0; n < megabytes; n++)
            {
                packer.Write(spaces);
            }
        }

        return packed.ToArray();
    }
}
