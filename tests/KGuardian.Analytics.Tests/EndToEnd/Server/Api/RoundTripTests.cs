using System.Net;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>What was posted is what is read, whatever the values.</summary>
public abstract class RoundTripTests(AnyServer server)
{
    public static TheoryData<string, string> Times => new()
    {
        { "2026-05-12T10:32:14", "2026-05-12T10:32:14.000000" },
        { "2026-05-12T10:32:14.1", "2026-05-12T10:32:14.100000" },
        { "2026-05-12T10:32:14.12", "2026-05-12T10:32:14.120000" },
        { "2026-05-12T10:32:14.123", "2026-05-12T10:32:14.123000" },
        { "2026-05-12T10:32:14.1234", "2026-05-12T10:32:14.123400" },
        { "2026-05-12T10:32:14.12345", "2026-05-12T10:32:14.123450" },
        { "2026-05-12T10:32:14.123456", "2026-05-12T10:32:14.123456" },
        { "2026-05-12T10:32:14.1234567", "2026-05-12T10:32:14.123456" },
        { "2026-05-12T10:32:14.12345678", "2026-05-12T10:32:14.123456" },
        { "2026-05-12T10:32:14.123456789", "2026-05-12T10:32:14.123456" },
        { "2026-05-12T10:32:14Z", "2026-05-12T10:32:14.000000" },
        { "2026-05-12T10:32:14.123456789Z", "2026-05-12T10:32:14.123456" },
        { "2026-05-12T10:32:14.5+02:00", "2026-05-12T08:32:14.500000" },
        { "2026-05-12T10:32:14-0530", "2026-05-12T16:02:14.000000" },
        { "2026-01-01T00:30:00+01", "2025-12-31T23:30:00.000000" },
        { "2024-02-29 23:59:59.999999", "2024-02-29T23:59:59.999999" },
        { "1900-01-01T00:00:00", "1900-01-01T00:00:00.000000" },
        { "1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999" },
        { "2299-12-31T23:59:59.999999", "2299-12-31T23:59:59.999999" },
    };

    [Theory]
    [MemberData(nameof(Times))]
    public async Task Time_is_read_in_utc_with_six_digits(string posted, string read)
    {
        var pod = FlowEvent.NewPod();
        var row = FlowEvent.Of(pod, 1) with { TimeStamp = posted };
        Assert.Equal(1, await server.Api.PostBatchAsync([row]));

        Assert.Equal([row with { TimeStamp = read }], await server.Api.GetPodAsync(pod));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("00")]
    [InlineData("0080")]
    [InlineData("65535")]
    [InlineData("00000000065535")]
    public async Task Port_keeps_its_text(string? port)
    {
        var pod = FlowEvent.NewPod();
        FlowEvent[] rows = [FlowEvent.Of(pod, 2) with { PodPort = port }, FlowEvent.Of(pod, 1) with { TrafficInOutPort = port }];
        Assert.Equal(2, await server.Api.PostBatchAsync(rows));

        Assert.Equal(rows, await server.Api.GetPodAsync(pod));
    }

    [Fact]
    public async Task Null_empty_and_missing_fields_keep_what_they_are()
    {
        var pod = FlowEvent.NewPod();
        var nothing = new FlowEvent { Uuid = Guid.NewGuid().ToString(), PodName = pod, PodIp = FlowEvent.Of(pod, 1).PodIp, TimeStamp = FlowEvent.Time(2) };
        var empty = nothing with
        {
            Uuid = Guid.NewGuid().ToString(),
            PodNamespace = "",
            PodPort = "",
            IpProtocol = "",
            TrafficType = "",
            TrafficInOutIp = "",
            TrafficInOutPort = "",
            Decision = "",
            TimeStamp = FlowEvent.Time(1),
        };
        var missing = $$"""{"time_stamp": "{{FlowEvent.Time(0)}}", "uuid": "{{nothing.Uuid}}", "pod_ip": "{{nothing.PodIp}}", "pod_name": "{{pod}}" }""";

        using var answer = await server.Api.PostAsync("/pod/traffic/batch", $"[{nothing.ToJson()},{empty.ToJson()},{missing}]");

        // A missing field is null: the third is the first again.
        Assert.Equal("2", await answer.Content.ReadAsStringAsync());
        Assert.Equal([nothing, empty], await server.Api.GetPodAsync(pod));
        Assert.Equal($"[\n{nothing.ToJson()},\n{empty.ToJson()}\n]\n", await server.Api.GetTextAsync($"/pod/traffic/{pod}"));
    }

    [Fact]
    public async Task Rows_without_any_name_or_address_are_stored_once()
    {
        var row = new FlowEvent { Uuid = Guid.NewGuid().ToString(), TimeStamp = FlowEvent.Time(0), Decision = FlowEvent.NewPod() };

        Assert.Equal(1, await server.Api.PostBatchAsync([row, row]));
        Assert.Equal([row], (await server.Api.GetRowsAsync("/pod/traffic")).Where(read => read.Decision == row.Decision));
    }

    [Fact]
    public async Task Texts_of_any_script_and_addresses_of_any_family_keep_their_bytes()
    {
        var pod = FlowEvent.NewPod();
        string[] texts =
        [
            "2001:db8::1", "fe80::1%eth0", "::ffff:10.0.0.1", "UNKNOWN(132)", "ICMPv6", "naïve", "名前空間", "🚀👩‍👩‍👧", "e\u0301", "a/b\\c\"d",
            "tab\tnewline\ncr\r", "\u0001\u001f\u007f", "nul\0inside", " spaces ", "\u2028\u2029", "<script>&'", new string('é', 512), new string('x', 1024),
        ];
        FlowEvent[] rows =
        [
            .. texts.Select((text, n) => FlowEvent.Of(pod, texts.Length - n) with
            {
                PodNamespace = text, IpProtocol = text, TrafficType = text, TrafficInOutIp = text, Decision = text,
            }),
        ];
        Assert.Equal(texts.Length, await server.Api.PostBatchAsync(rows));
        Assert.Equal(0, await server.Api.PostBatchAsync(rows));

        Assert.Equal(rows, await server.Api.GetPodAsync(pod));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("{{0}}")]
    [InlineData("urn:uuid:{0}")]
    [InlineData("N")]
    public async Task Uuid_in_any_form_is_read_hyphenated_in_lower_case(string form)
    {
        var pod = FlowEvent.NewPod();
        var uuid = Guid.NewGuid();
        var posted = form == "N" ? uuid.ToString("N") : form.Replace("{0}", uuid.ToString("D"), StringComparison.Ordinal);
        await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1) with { Uuid = posted.ToUpperInvariant() }]);

        Assert.Equal(uuid.ToString("D"), Assert.Single(await server.Api.GetPodAsync(pod)).Uuid);
    }

    [Fact]
    public async Task Fields_in_any_order_escaped_unknown_and_repeated_are_understood()
    {
        var pod = FlowEvent.NewPod();
        var row = FlowEvent.Of(pod, 1);
        var json = $$"""
             [ {"peer_pod":{"a":[1,2,{"b":null}]},"t\u0069me_stamp":"{{row.TimeStamp}}","decision":"DROP","decision":"ALLOW",
             "pod_name":"{{pod}}","pod_namespace":"t\u0065sts","pod_ip":"{{row.PodIp}}","traffic_in_out_port":"0","traffic_in_out_ip":"{{row.TrafficInOutIp}}",
             "traffic_type":"INGRESS","ip_protocol":"TCP","pod_port":"8080","uuid":"{{row.Uuid}}","peer_port":17 } ]
             """;
        byte[] withMark = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(json)];

        using var answer = await server.Api.PostAsync("/pod/traffic/batch", withMark, type: "application/json; charset=utf-8");

        Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        Assert.Equal([row], await server.Api.GetPodAsync(pod));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Packed_body_is_taken(string encoding)
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 1000));

        using var answer = await server.Api.PostAsync("/pod/traffic/batch", Packed.As(encoding, FlowEvent.Batch(rows)), encoding);

        Assert.Equal("1000", await answer.Content.ReadAsStringAsync());
        Assert.Equal(rows, await server.Api.GetPodAsync(pod));
    }

    [Fact]
    public async Task Single_post_answers_with_the_stored_row_then_with_null()
    {
        var pod = FlowEvent.NewPod();
        var row = FlowEvent.Of(pod, 1) with { PodNamespace = null, PodPort = "0080", Decision = "" };
        var posted = (row with { TimeStamp = "2026-05-12T12:00:00.5+02:00", Uuid = row.Uuid!.ToUpperInvariant() }).ToJson();
        var stored = row with { TimeStamp = "2026-05-12T10:00:00.500000" };

        using var first = await server.Api.PostAsync("/pod/traffic", posted);
        using var second = await server.Api.PostAsync("/pod/traffic", posted);

        Assert.Equal((HttpStatusCode.OK, "application/json"), (first.StatusCode, first.Content.Headers.ContentType!.ToString()));
        Assert.Equal(stored.ToJson(), await first.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.OK, "null"), (second.StatusCode, await second.Content.ReadAsStringAsync()));
        Assert.Equal([stored], await server.Api.GetPodAsync(pod));
    }

    [Fact]
    public async Task Single_post_shows_any_text_as_a_read_does()
    {
        var pod = FlowEvent.NewPod();
        var row = FlowEvent.Of(pod, 1) with { PodNamespace = "名前\"\\/<&'\u2028\u0001\0🚀", TrafficInOutIp = "fe80::1%eth0" };

        using var answer = await server.Api.PostAsync("/pod/traffic", row.ToJson());

        Assert.Equal(row, JsonSerializer.Deserialize<FlowEvent>(await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    public async Task Batch_of_nothing_counts_0(string body)
    {
        using var answer = await server.Api.PostAsync("/pod/traffic/batch", body);

        Assert.Equal((HttpStatusCode.OK, "0"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }
}
