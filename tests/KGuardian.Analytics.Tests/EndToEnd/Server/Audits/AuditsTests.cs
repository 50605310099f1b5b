using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Audits;

/// <summary><c>GET /v1/audits</c>: what it lists, of whom, and what it refuses.</summary>
public sealed class AuditsTests(AuditServer server) : IClassFixture<AuditServer>
{
    private const string Path = "/v1/audits";

    [Fact]
    public void Sample_has_27_connections_of_which_13_were_denied()
    {
        var connections = server.Sample.Select(one => Payload(one, "tcp_connection")).ToArray();

        Assert.Equal(27, connections.Length);
        Assert.Equal(14, connections.Count(one => one["action"]!.GetValue<string>() == "allow"));
        Assert.Equal(13, connections.Count(one => one["action"]!.GetValue<string>() == "deny"));
        var times = connections.Select(one => one["last_observed_at"]!.GetValue<string>()).ToArray();
        Assert.Equal(times.OrderDescending(StringComparer.Ordinal), times);
        Assert.All(connections, one => Assert.Null(one["runtime_id"]));
        // Those of the sample by hand: of TCP that leaves a pod what the pod opened.
        Assert.Equal(
            RealFlows.Rows.Where(flow => flow is { TrafficType: "EGRESS", IpProtocol: "TCP" } && int.Parse(flow.TrafficInOutPort!) < 32_768)
                .Select(flow => $"{flow.PodNamespace}/{flow.PodName} {flow.TrafficInOutIp}:{flow.TrafficInOutPort} {flow.TimeStamp}Z").Order(),
            connections.Select(one =>
                $"{one["runtime_name"]} {one["destination_ip"]}:{one["destination_port"]} {one["first_observed_at"]}").Order());
    }

    [Fact]
    public async Task Dropped_pings_are_one_for_each_pod_and_destination()
    {
        var drops = (await server.DataAsync("runtime=pinger")).Select(one => Payload(one, "icmp_drop")).ToArray();

        Assert.Equal(
            [("203.0.113.9", 2, Pods.Time(6), Pods.Time(7)), ("203.0.113.8", 5, Pods.Time(1), Pods.Time(5))],
            drops.Select(one => (one["destination_ip"]!.GetValue<string>(), one["count"]!.GetValue<int>(),
                one["first_observed_at"]!.GetValue<string>().TrimEnd('Z'), one["last_observed_at"]!.GetValue<string>().TrimEnd('Z'))));
        Assert.All(drops, one => Assert.Equal(("deny", "shop/pinger"), (one["action"]!.GetValue<string>(), one["runtime_name"]!.GetValue<string>())));
        Assert.DoesNotContain("http_request", await server.Api.GetTextAsync($"{Path}?limit=1000"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Last_observation_decides_what_is_newest()
    {
        var flows = Enumerable.Range(0, 4).Select(n => AuditServer.Egress("repeats", "tests", "10.244.2.1", $"203.0.113.{n}", n)).ToArray();
        await server.Api.PostBatchAsync(flows);
        // Seen again, later than all others.
        await server.Api.PostBatchAsync([flows[1] with { TimeStamp = Pods.Time(500) }, flows[1] with { TimeStamp = Pods.Time(400) }]);
        await Patience.UntilAsync(async () => (await server.DataAsync("runtime=tests/repeats&limit=1")) is [var first]
            && Payload(first, "tcp_connection")["destination_ip"]!.GetValue<string>() == "203.0.113.1");

        var listed = (await server.DataAsync("runtime=tests/repeats&limit=2")).Select(one => Payload(one, "tcp_connection")).ToArray();

        Assert.Equal(["203.0.113.1", "203.0.113.3"], listed.Select(one => one["destination_ip"]!.GetValue<string>()));
        Assert.Equal([3, 1], listed.Select(one => one["count"]!.GetValue<int>()));
        Assert.Equal([Pods.Time(1) + "Z", Pods.Time(3) + "Z"], listed.Select(one => one["first_observed_at"]!.GetValue<string>()));
        Assert.Equal([Pods.Time(500) + "Z", Pods.Time(3) + "Z"], listed.Select(one => one["last_observed_at"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Runtime_is_a_uid_or_a_name()
    {
        var named = await server.DataAsync("runtime=shop-0");
        Assert.Equal(["203.0.113.2", "203.0.113.1"], named.Select(one => Payload(one, "tcp_connection")["destination_ip"]!.GetValue<string>()));
        Assert.Equal(
            [AuditServer.NewUid, AuditServer.OldUid], named.Select(one => Payload(one, "tcp_connection")["runtime_id"]!.GetValue<string>()));
        Assert.Equal(Texts(named), Texts(await server.DataAsync("runtime=shop/shop-0&category=")));
        Assert.Equal(Texts(named[..1]), Texts(await server.DataAsync($"runtime={AuditServer.NewUid}")));
        Assert.Equal(Texts(named[1..]), Texts(await server.DataAsync($"runtime={AuditServer.OldUid}")));
        Assert.Empty(await server.DataAsync("runtime=idle-0"));
        Assert.Single(await server.DataAsync("runtime=two/twice"));
        Assert.Empty(await server.DataAsync("runtime=one/twice"));

        foreach (var unknown in new[] { "nobody", "shop/nobody", "0d2f7a11-ffff-4d36-9a0b-000000000003", "/shop-0", "shop/shop-0/x", "%00", "'" })
        {
            await ErrorAsync($"runtime={unknown}", HttpStatusCode.NotFound, "not_found", "runtime");
        }

        await ErrorAsync("runtime=twice", HttpStatusCode.Conflict, "already_exists", "one/twice, two/twice");
    }

    [Fact]
    public async Task Parameters_that_cannot_be_taken_are_422()
    {
        Assert.Equal(Texts(await server.DataAsync("limit=1000")), Texts(await server.DataAsync("category=egress&limit=1000")));
        Assert.Single(await server.DataAsync("limit=1"));
        foreach (var (query, name) in new[]
        {
            ("category=ingress", "category"), ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("limit=1&limit=1", "limit"),
            ("cursor=x", "cursor"), ($"runtime={new string('x', 5000)}", "runtime"),
        })
        {
            await ErrorAsync(query, HttpStatusCode.UnprocessableEntity, "invalid_argument", name);
        }
    }

    [Fact]
    public async Task Head_and_headers_are_those_of_other_reads_and_no_route_below_is_in_the_shape_of_the_family()
    {
        using var head = await server.Api.SendAsync(HttpMethod.Head, $"{Path}?limit=1", content: null);
        Assert.Equal((HttpStatusCode.OK, "true"), (head.StatusCode, head.Headers.GetValues("X-Result-Cut").Single()));
        using var missing = await server.Api.GetAsync($"{Path}/x");
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (missing.StatusCode, await CodeAsync(missing)));
        using var posted = await server.Api.PostAsync(Path, "{}");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "internal"), (posted.StatusCode, await CodeAsync(posted)));
    }

    private async Task ErrorAsync(string query, HttpStatusCode status, string code, string says)
    {
        using var answer = await server.Api.GetAsync($"{Path}?{query}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode} for {query[..Math.Min(100, query.Length)]}: {text}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var error = Assert.Single(JsonNode.Parse(text)!.AsObject()).Value!.AsObject();
        Assert.Equal(["code", "message"], error.Select(member => member.Key));
        Assert.Equal(code, error["code"]!.GetValue<string>());
        Assert.Contains(says, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static async Task<string> CodeAsync(HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>();

    /// <summary>What is in the one member that the kind names.</summary>
    private static JsonNode Payload(JsonNode audit, string kind)
    {
        var payload = Assert.Single(audit["payload"]!.AsObject());
        Assert.Equal(("egress", "egress"), (audit["category"]!.GetValue<string>(), payload.Key));
        Assert.Equal(["kind", kind], payload.Value!.AsObject().Select(member => member.Key));
        Assert.Equal(kind, payload.Value["kind"]!.GetValue<string>());
        return payload.Value[kind]!;
    }

    private static string[] Texts(IEnumerable<JsonNode> audits) => [.. audits.Select(one => one.ToJsonString())];
}
