using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Peers;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Forwarding;

/// <summary>The routes below /api/v1/eventsForwarding, on a server that all of these tests share.</summary>
public sealed class ForwardingApiTests(ForwardingServer shared) : IClassFixture<ForwardingServer>
{
    private const string Integrations = "/api/v1/eventsForwarding/integrations";
    private const string Secret = "s3cret-of-the-target";

    private ApiClient Api => shared.Server.Api;

    [Fact]
    public async Task Types_and_channels_are_listed()
    {
        Assert.Equal("""["syslog","splunk","webhook","otlp"]""", await Api.GetTextAsync("/api/v1/eventsForwarding/supported"));
        Assert.Equal("""["POLICY_EVENTS","ACTIVITY_AUDIT"]""", await Api.GetTextAsync("/api/v1/eventsForwarding/channels"));
        using var unknown = await Api.GetAsync("/api/v1/eventsForwarding/nothing");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("/api/v1/eventsForwarding/nothing", (await ReadAsync(unknown))["path"]!.GetValue<string>());
    }

    [Fact]
    public async Task Secret_is_nowhere_and_is_kept_by_a_change_with_what_was_read()
    {
        await using var collector = await TestCollector.StartAsync();
        var created = await CreateAsync(new JsonObject
        {
            ["name"] = "hook",
            ["type"] = "webhook",
            ["connectionInfo"] = new JsonObject
            {
                ["serviceurl"] = collector.Url.ToString(),
                ["SECRET"] = Secret,
                ["Headers"] = new JsonObject { ["X-Key"] = Secret },
            },
        });
        var path = $"{Integrations}/{created["id"]}";
        Assert.Equal("""["Secret","Headers"]""", created["secretsSet"]!.ToJsonString());
        Assert.True(created["id"]!.GetValue<long>() > 0 && created["customerId"]!.GetValue<int>() == 1);

        var read = await Api.GetTextAsync(path);
        using var patched = await Api.SendAsync(HttpMethod.Patch, path, Json(read));
        Assert.Equal(HttpStatusCode.OK, patched.StatusCode);

        Assert.Equal(read, await patched.Content.ReadAsStringAsync());
        Assert.Equal(read, await Api.GetTextAsync(path));
        await Api.PostBatchAsync([FlowEvent.Of(FlowEvent.NewPod(), 1)]);
        await Patience.UntilAsync("an event came", () => collector.Posts.Count > 0);
        var post = collector.Posts.First();
        Assert.Equal(Secret, post.Headers["X-Key"]);
        Assert.Equal(post.Headers["X-KGuardian-Signature"], Signature(Secret, post.Headers["X-KGuardian-Timestamp"], post.Body));
        // An empty text removes it; what is not named stays.
        using var removed = await Api.SendAsync(HttpMethod.Patch, path, Json("""{"connectionInfo":{"Secret":""}}"""));
        Assert.Equal("""["Headers"]""", (await ReadAsync(removed))["secretsSet"]!.ToJsonString());
        using var deleted = await Api.SendAsync(HttpMethod.Delete, path, null);
        Assert.Equal("hook", (await ReadAsync(deleted))["name"]!.GetValue<string>());
        using var again = await Api.SendAsync(HttpMethod.Delete, path, null);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        var audit = await Api.GetTextAsync("/api/events/audit");
        Assert.All(
            new[] { "integration.create", "integration.update", "integration.delete" }, act => Assert.Contains(act, audit, StringComparison.Ordinal));
        Assert.All(
            new[] { read, audit, await Api.GetTextAsync(Integrations), await Api.GetTextAsync("/metrics"), shared.Server.Log },
            text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("169.254.169.254")]
    [InlineData("[::ffff:169.254.169.254]")]
    [InlineData("0.0.0.0")]
    [InlineData("[::1]")]
    [InlineData("[fe80::1]")]
    [InlineData("224.0.0.1")]
    [InlineData("[64:ff9b::7f00:1]")]
    public async Task Address_that_may_not_be_reached_is_refused(string host)
    {
        foreach (var (type, url) in new[] { ("webhook", $"http://{host}:9/x"), ("syslog", host.Trim('[', ']')) })
        {
            using var answer = await Api.PostAsync(Integrations, Order("refused", type, url).ToJsonString());

            var error = await ReadAsync(answer);
            Assert.Equal((HttpStatusCode.BadRequest, "connectionInfo.ServiceURL"), (answer.StatusCode, error["details"]![0]!["field"]!.GetValue<string>()));
            Assert.Contains("Forwarding:AllowedTargets", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Redirect_is_an_error_and_nobody_is_connected_to()
    {
        await using var elsewhere = await TestCollector.StartAsync();
        await using var collector = await TestCollector.StartAsync();
        collector.Answer = (_, _) => (307, elsewhere.Url.ToString());
        var created = await CreateAsync(Order("redirect", "webhook", collector.Url.ToString()));
        await Api.PostBatchAsync([FlowEvent.Of(FlowEvent.NewPod(), 1)]);

        await Patience.UntilAsync("it fails", async () =>
            JsonNode.Parse(await Api.GetTextAsync($"{Integrations}/{created["id"]}"))!["state"]!["status"]!.GetValue<string>() == "failing");

        Assert.Empty(elsewhere.Posts);
        Assert.Contains("delivers nothing", await Api.GetTextAsync("/api/v1/admin/doctor"), StringComparison.Ordinal);
        Assert.Equal(1, await Api.GetMetricAsync($"kguardian_forwarding_state{{integration=\"{created["id"]}\",state=\"failing\"}}"));
        using var deleted = await Api.SendAsync(HttpMethod.Delete, $"{Integrations}/{created["id"]}", null);
    }

    [Fact]
    public async Task Test_says_what_came_back_also_of_one_that_is_disabled()
    {
        await using var collector = await TestCollector.StartAsync();
        var order = Order("off", "otlp", collector.Url.ToString());
        order["enabled"] = false;
        var created = await CreateAsync(order);
        var path = $"{Integrations}/{created["id"]}";
        Assert.Equal("disabled", created["state"]!["status"]!.GetValue<string>());

        using var well = await Api.PostAsync($"{path}/test", "");
        collector.Answer = (_, _) => (401, "who are you?");
        using var ill = await Api.PostAsync($"{path}/test", "");

        Assert.Equal("""{"delivered":true,"answer":"200 {}"}""", await well.Content.ReadAsStringAsync());
        var refused = await ReadAsync(ill);
        Assert.False(refused["delivered"]!.GetValue<bool>());
        Assert.Contains("401 who are you?", refused["answer"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.All(collector.Posts, post => Assert.Equal("/v1/logs", post.Path));
        Assert.Contains("integration.test", await Api.GetTextAsync("/api/events/audit"), StringComparison.Ordinal);
        using var deleted = await Api.SendAsync(HttpMethod.Delete, path, null);
    }

    [Theory]
    [InlineData("""{"type":"webhook","connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "name")]
    [InlineData("""{"name":"x","connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "type")]
    [InlineData("""{"name":"x","type":"kafka","connectionInfo":{}}""", "type")]
    [InlineData("""{"name":"x","type":"webhook"}""", "connectionInfo")]
    [InlineData("""{"name":"x","type":"webhook","connectionInfo":{"ServiceURL":"ftp://192.0.2.1/"}}""", "connectionInfo.ServiceURL")]
    [InlineData("""{"name":"x","type":"webhook","connectionInfo":{"ServiceURL":"http://u:p@192.0.2.1/"}}""", "connectionInfo.ServiceURL")]
    [InlineData("""{"name":"x","type":"syslog","connectionInfo":{"ServiceURL":"tcp://192.0.2.1"}}""", "connectionInfo.ServiceURL")]
    [InlineData("""{"name":"x","type":"syslog","connectionInfo":{"ServiceURL":"192.0.2.1","ServicePort":0}}""", "connectionInfo.ServicePort")]
    [InlineData("""{"name":"x","type":"syslog","connectionInfo":{"ServiceURL":"192.0.2.1","ServiceToken":"t"}}""", "connectionInfo.ServiceToken")]
    [InlineData("""{"name":"x","type":"syslog","connectionInfo":{"ServiceURL":"192.0.2.1","CaCertificate":"x"}}""", "connectionInfo.CaCertificate")]
    [InlineData("""{"name":"x","type":"splunk","connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "connectionInfo.ServiceToken")]
    [InlineData("""{"name":"x","type":"otlp","connectionInfo":{"ServiceURL":"https://192.0.2.1","CaCertificate":"pem"}}""", "connectionInfo.CaCertificate")]
    [InlineData("""{"name":"x","type":"webhook","connectionInfo":{"ServiceURL":"http://192.0.2.1/","Headers":{"Host":"x"}}}""", "connectionInfo.Headers")]
    [InlineData("""{"name":"x","type":"webhook","connectionInfo":{"ServiceURL":"http://192.0.2.1/","Sekret":"x"}}""", "Sekret")]
    [InlineData("""{"name":"x","type":"webhook","filter":"nosuch = 1","connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "filter")]
    [InlineData("""{"name":"x","type":"webhook","filter":"count > 1","connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "filter")]
    [InlineData("""{"name":"x","type":"webhook","channels":[],"connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "channels")]
    [InlineData("""{"name":"x","type":"webhook","channels":["POLICY"],"connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "channels")]
    [InlineData("""{"name":"x","name":"y","type":"webhook","connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "name")]
    [InlineData("""{"name":"\ud800","type":"webhook","connectionInfo":{"ServiceURL":"http://192.0.2.1/"}}""", "body")]
    [InlineData("[]", "body")]
    public async Task Document_that_cannot_be_taken_is_400_with_the_member_at_fault(string body, string field)
    {
        using var answer = await Api.PostAsync(Integrations, body);

        var error = await ReadAsync(answer);
        Assert.Equal((HttpStatusCode.BadRequest, field), (answer.StatusCode, error["details"]?[0]?["field"]?.GetValue<string>()));
    }

    private static string Signature(string secret, string time, string body) => "sha256=" + Convert.ToHexStringLower(
        System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret), System.Text.Encoding.UTF8.GetBytes($"{time}.{body}")));

    private static JsonObject Order(string name, string type, string url) =>
        new() { ["name"] = name, ["type"] = type, ["connectionInfo"] = new JsonObject { ["ServiceURL"] = url } };

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

    private async Task<JsonNode> CreateAsync(JsonObject order)
    {
        order["channels"] ??= new JsonArray("ACTIVITY_AUDIT");
        using var answer = await Api.PostAsync(Integrations, order.ToJsonString());
        var created = await ReadAsync(answer);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, created.ToJsonString());
        return created;
    }
}

/// <summary>A server that may forward to one address of loopback.</summary>
public sealed class ForwardingServer : IAsyncLifetime
{
    private RemoteStore _store = null!;

    public ServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        Server = await _store.StartServerAsync(("KGUARDIAN_FORWARDING__ALLOWEDTARGETS", "127.0.0.1"));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _store.DisposeAsync();
    }
}
