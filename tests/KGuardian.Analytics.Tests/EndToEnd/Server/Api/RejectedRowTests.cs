using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Well-formed rows that cannot be stored: they go aside and never hold up the others.</summary>
[Collection(OnLocalServer.Name)]
public sealed class RejectedRowTests(LocalServer server)
{
    private readonly string _pod = FlowEvent.NewPod();

    /// <summary>A field, the JSON it is given (null: left out), and the reason.</summary>
    public static TheoryData<string, string?, string> Faults => new()
    {
        { "uuid", null, "missing_uuid" }, { "uuid", "null", "missing_uuid" }, { "uuid", "\"\"", "bad_uuid" }, { "uuid", "\"1234\"", "bad_uuid" },
        { "uuid", "\"zzzzzzzz-0000-4000-8000-000000000000\"", "bad_uuid" }, { "uuid", "7", "not_a_string" },
        { "time_stamp", null, "missing_time" }, { "time_stamp", "null", "missing_time" },
        { "time_stamp", "\"yesterday\"", "bad_time" }, { "time_stamp", "\"2026-02-30T00:00:00\"", "bad_time" },
        { "time_stamp", "\"2026-05-12T10:32:14.1234567890\"", "bad_time" }, { "time_stamp", "\"1899-12-31T23:59:59\"", "bad_time" },
        { "time_stamp", "\"2026-05-12\"", "bad_time" }, { "time_stamp", "1747045934", "not_a_string" },
        { "pod_port", "\"65536\"", "bad_port" }, { "pod_port", "\"-1\"", "bad_port" }, { "pod_port", "\"http\"", "bad_port" },
        { "pod_port", "\" 80\"", "bad_port" }, { "pod_port", "8080", "not_a_string" },
        { "traffic_in_out_port", "\"99999999999999999999\"", "bad_port" }, { "traffic_in_out_port", "true", "not_a_string" },
        { "pod_ip", "[]", "not_a_string" }, { "pod_namespace", "{\"a\":1}", "not_a_string" }, { "decision", "false", "not_a_string" },
        { "ip_protocol", "\"\\ud800\"", "invalid_utf8" }, { "traffic_type", "\"" + LongText + "\"", "too_long" }, { "pod_name", "1.5", "not_a_string" },
    };

    private static string LongText { get; } = new('x', 1025);

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Single_event_at_fault_is_422_naming_the_field(string field, string? json, string reason)
    {
        var bad = With(FlowEvent.Of(_pod, 3), field, json);

        using var answer = await server.Api.PostAsync("/pod/traffic", bad);

        var problem = await Problem.AssertAsync(answer, HttpStatusCode.UnprocessableEntity, field);
        Assert.Equal((field, reason), (problem.GetProperty("field").GetString(), problem.GetProperty("reason").GetString()));
        Assert.Empty(await server.Api.GetPodAsync(_pod));
    }

    [Fact]
    public async Task Rows_at_fault_go_aside_with_their_reasons_and_the_rest_is_stored()
    {
        FlowEvent[] good = [FlowEvent.Of(_pod, 2), FlowEvent.Of(_pod, 1)];
        var faults = Faults.Select(fault => fault.Data).Select(fault => (Field: fault.Item1, Json: fault.Item2, Reason: fault.Item3)).ToArray();
        var bad = faults.Select(fault => With(FlowEvent.Of(_pod, 3), fault.Field, fault.Json)).ToArray();

        using var answer = await server.Api.PostAsync("/pod/traffic/batch", $"[{good[0].ToJson()},{string.Join(',', bad)},{good[1].ToJson()}]");

        Assert.Equal((HttpStatusCode.OK, "2"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal([$"{bad.Length}"], answer.Headers.GetValues("X-Rejected-Rows"));
        Assert.Equal(good, await server.Api.GetPodAsync(_pod));
        foreach (var (row, fault) in bad.Zip(faults))
        {
            await AssertKeptAsync(row, fault.Field, fault.Reason);
        }
    }

    [Fact]
    public async Task Single_event_at_fault_is_kept()
    {
        var bad = With(FlowEvent.Of(_pod, 3), "pod_port", "\"70000\"");

        using var answer = await server.Api.PostAsync("/pod/traffic", bad);

        await AssertKeptAsync(bad, "pod_port", "bad_port");
    }

    [Fact]
    public async Task Elements_that_are_no_objects_go_aside()
    {
        var marker = _pod.Replace("pod-", "", StringComparison.Ordinal);

        using var answer = await server.Api.PostAsync("/pod/traffic/batch", $"[\"{marker}\",{FlowEvent.Of(_pod, 1).ToJson()},[\"{marker}\"],null,7]");

        Assert.Equal((HttpStatusCode.OK, "1"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(["4"], answer.Headers.GetValues("X-Rejected-Rows"));
        await AssertKeptAsync($"\"{marker}\"", "", "not_an_object");
        await AssertKeptAsync($"[\"{marker}\"]", "", "not_an_object");
    }

    [Fact]
    public async Task Raw_text_of_a_row_aside_is_capped()
    {
        var bad = With(FlowEvent.Of(_pod, 1), "uuid", null)[..^1] + $",\"extra\":\"{new string('x', 10_000)}\"}}";

        using var answer = await server.Api.PostAsync("/pod/traffic/batch", $"[{bad}]");

        Assert.Equal("0", await answer.Content.ReadAsStringAsync());
        await AssertKeptAsync(bad[..4096], "uuid", "missing_uuid");
    }

    [Fact]
    public async Task Batch_without_faults_has_no_header_about_them()
    {
        using var answer = await server.Api.PostAsync("/pod/traffic/batch", FlowEvent.Batch([FlowEvent.Of(_pod, 1)]));

        Assert.False(answer.Headers.Contains("X-Rejected-Rows"));
    }

    private static string With(FlowEvent row, string field, string? json)
    {
        var fields = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(row.ToJson())!
            .Where(pair => pair.Key != field).Select(pair => $"\"{pair.Key}\":{pair.Value.GetRawText()}");
        return $"{{{string.Join(',', json is null ? fields : fields.Append($"\"{field}\":{json}"))}}}";
    }

    private async Task AssertKeptAsync(string raw, string field, string reason)
    {
        var hex = Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(raw));
        var kept = "";
        await Patience.UntilAsync("the rejected row is kept", async () =>
            (kept = await server.SqlAsync($"SELECT DISTINCT reason, field FROM kguardian.rejected_events WHERE raw = unhex('{hex}') FORMAT CSV")) != "");
        Assert.Equal($"\"{reason}\",\"{field}\"", kept);
    }
}
