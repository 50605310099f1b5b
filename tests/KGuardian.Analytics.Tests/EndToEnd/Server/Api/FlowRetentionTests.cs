using System.Net;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Retention, clearing and the audit log over HTTP.</summary>
public sealed class FlowRetentionTests
{
    private const string Retention = "/api/v1/flow-reports/retention";
    private const string Flows = "/api/v1/flow-reports";
    private const string Audit = "/api/events/audit";

    [Fact]
    public async Task Retention_is_shown_changed_and_kept_and_flows_are_cleared_with_a_trace_in_the_audit_log()
    {
        await using var store = await RemoteStore.CreateEmptyAsync();
        await using (var server = await store.StartServerAsync(("KGUARDIAN_RETENTION__DAYS", "12")))
        {
            var api = server.Api;
            Assert.Equal("""{"result":{"days":12}}""", await api.GetTextAsync(Retention));
            var flows = FlowEvent.Many(FlowEvent.NewPod(), 4);
            Assert.Equal(4, await api.PostBatchAsync(flows));
            using var dry = JsonDocument.Parse(await api.GetTextAsync(Retention + "?dry_run=1"));
            Assert.Equal(0, dry.RootElement.GetProperty("result").GetProperty("rows").GetInt64());

            var put = await PutAsync(api, Retention, """{"days": 5}""");
            Assert.Equal((HttpStatusCode.OK, """{"result":{"message":"Flow reports retention policy updated successfully"}}"""), put);
            Assert.Equal("""{"result":{"days":5}}""", await api.GetTextAsync(Retention));

            using var cleared = await api.SendAsync(HttpMethod.Delete, Flows, content: null);
            Assert.Equal("""{"result":{"message":"All flow reports cleared successfully"}}""", await cleared.Content.ReadAsStringAsync());
            Assert.Empty(await api.GetRowsAsync("/pod/traffic"));
            Assert.Equal(4, await api.PostBatchAsync(flows));
            AssertAudit(await api.GetTextAsync(Audit));
            Assert.Contains("No token is set", server.Log, StringComparison.Ordinal);
        }

        await using var again = await store.StartServerAsync(("KGUARDIAN_RETENTION__DAYS", "12"));
        Assert.Equal("""{"result":{"days":5}}""", await again.Api.GetTextAsync(Retention));
        AssertAudit(await again.Api.GetTextAsync(Audit));
        using var newest = JsonDocument.Parse(await again.Api.GetTextAsync(Audit + "?limit=1"));
        Assert.Equal("flows.clear", Assert.Single(newest.RootElement.EnumerateArray()).GetProperty("activity_code").GetString());

        foreach (var body in new[]
        {
            "", "{}", "[]", "7", """{"days":0}""", """{"days":-1}""", """{"days":"7"}""", """{"days":7.5}""", """{"days":99999}""", """{"day":7}""",
            """{"days":7,"x":1}""", """{"days":7""",
        })
        {
            var (status, text) = await PutAsync(again.Api, Retention, body);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.NotEmpty(JsonDocument.Parse(text).RootElement.GetProperty("error").GetString()!);
        }

        foreach (var query in new[]
        {
            "?dry_run=", "?dry_run=0", "?dry_run=x", "?dry_run=1&dry_run=2", "?dry_run=99999", "?dryrun=1", "?days=3", "?dry_run=1%27%20OR%201",
        })
        {
            using var refused = await again.Api.GetAsync(Retention + query);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await PutAsync(again.Api, Retention + query, """{"days": 3}""")).Status);
        }

        using var partly = await again.Api.SendAsync(HttpMethod.Delete, Flows + "?subscriber_id=x", content: null);
        Assert.Equal(HttpStatusCode.BadRequest, partly.StatusCode);
        using var badLimit = await again.Api.GetAsync(Audit + "?limit=0");
        Assert.Contains("limit", await badLimit.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"result":{"days":5}}""", await again.Api.GetTextAsync(Retention));
        Assert.Equal(4, (await again.Api.GetRowsAsync("/pod/traffic")).Length);
    }

    private static void AssertAudit(string json)
    {
        using var audit = JsonDocument.Parse(json);
        var events = audit.RootElement.EnumerateArray().ToArray();
        Assert.Equal(["flows.clear", "retention.update", "schema.migrate"], events.Select(row => row.GetProperty("activity_code").GetString()!));
        Assert.Equal("anyone", events[0].GetProperty("initiator_name").GetString());
        Assert.Equal("flow-reports", events[1].GetProperty("target_id").GetString());
        Assert.Equal("12", events[1].GetProperty("meta").GetProperty("days_before").GetString());
        Assert.Equal("5", events[1].GetProperty("meta").GetProperty("days").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", events[0].GetProperty("timestamp").GetString());
        var ids = events.Select(row => ulong.Parse(row.GetProperty("id").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(ids.OrderDescending(), ids);
    }

    private static async Task<(HttpStatusCode Status, string Text)> PutAsync(ApiClient api, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await api.SendAsync(HttpMethod.Put, path, content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
