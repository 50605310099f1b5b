using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using static KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents.SecureEventServer;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents;

/// <summary>Secure events of the sample: what lists, pages, filters and ids show.</summary>
public sealed class SecureEventsTests(SecureEventServer server) : IClassFixture<SecureEventServer>
{
    [Fact]
    public async Task Walk_to_the_oldest_and_back_shows_each_dropped_flow_once()
    {
        var (page, first) = await server.PageAsync($"{Window}&limit=10");
        Assert.Equal(27, page["total"]!.GetValue<int>());
        var walked = new List<JsonNode>(first);
        var sizes = new List<int> { first.Length };
        var (at, last) = (page, page);
        while (at["prev"] is { } prev)
        {
            var (older, events) = await server.PageAsync($"cursor={prev}&limit=10");
            walked.AddRange(events);
            sizes.Add(events.Length);
            Assert.NotNull(older["next"]);
            (at, last) = (older, older);
        }

        Assert.Equal([10, 10, 7], sizes);
        Assert.Null(last["prev"]);
        Assert.Equal(27, walked.Select(Id).Distinct().Count());
        Assert.Equal(walked.OrderByDescending(Id, StringComparer.Ordinal).Select(Id), walked.Select(Id));
        Assert.Equal(Dropped.Select(Nanoseconds).Order(), walked.Select(Time).Order());
        Assert.Equal(
            Dropped.Select(flow => flow.Uuid).Order(StringComparer.Ordinal),
            walked.Select(found => found["content"]!["fields"]!["uuid"]!.GetValue<string>()).Order(StringComparer.Ordinal));

        var back = new List<JsonNode>();
        for (var next = last["next"]; next is not null;)
        {
            var (newer, events) = await server.PageAsync($"cursor={next}&limit=10");
            back.InsertRange(0, events);
            next = newer["next"];
        }

        Assert.Equal(walked.Take(20).Select(Id), back.Select(Id));
    }

    [Fact]
    public async Task Answer_says_what_all_of_its_queries_read()
    {
        using var answer = await server.Api.GetAsync(PathOf($"?{Window}&limit=5"));

        Assert.Equal("true", answer.Headers.GetValues("X-Result-Cut").Single());
        // Its rows, and once more to count them.
        Assert.InRange(long.Parse(answer.Headers.GetValues("X-Rows-Read").Single(), CultureInfo.InvariantCulture), 2 * 27, 100_000);
        Assert.InRange(long.Parse(answer.Headers.GetValues("X-Bytes-Read").Single(), CultureInfo.InvariantCulture), 1, 100_000_000);
    }

    [Fact]
    public async Task Empty_page_of_a_window_goes_on_in_both_directions()
    {
        var (page, events) = await server.PageAsync($"{Window}&{Filter("pod = \"nobody\"")}");

        Assert.Empty(events);
        Assert.Equal(0, page["total"]!.GetValue<int>());
        Assert.NotNull(page["next"]);
        // Before the window there is nothing; within the last two weeks neither.
        var (older, none) = await server.PageAsync($"cursor={Cursor(page, "prev")}");
        Assert.Empty(none);
        Assert.Null(older["prev"]);
        Assert.NotNull(older["next"]);
        var (_, all) = await server.PageAsync($"cursor={Cursor(older, "next")}&limit=999");
        Assert.Equal(27, all.Length);
        Assert.Equal(0, (await server.PageAsync("")).Page["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task Event_says_what_is_known_and_its_cursor_shows_what_is_around_it()
    {
        var (_, all) = await server.PageAsync($"{Window}&limit=999");
        var uuid = Dropped.First(flow => flow.PodName == "prometheus-k8s-1").Uuid;
        var found = Assert.Single(all, one => one["content"]!["fields"]!["uuid"]!.GetValue<string>() == uuid);

        Assert.Equal(
            ("policy", "runtime", "network", 3, "flow-dropped", 4),
            (found["originator"]!.GetValue<string>(), found["category"]!.GetValue<string>(), found["source"]!.GetValue<string>(),
                found["severity"]!.GetValue<int>(), found["content"]!["ruleName"]!.GetValue<string>(), found["content"]!["ruleType"]!.GetValue<int>()));
        Assert.Empty(found["content"]!["ruleTags"]!.AsArray());
        Assert.EndsWith("Z", found["timestampRFC3339Nano"]!.GetValue<string>(), StringComparison.Ordinal);
        var labels = found["labels"]!;
        Assert.Equal(
            ("prod", "openshift-monitoring", "prometheus-k8s-1", "node-1", "shop"),
            (labels["kubernetes.cluster.name"]!.GetValue<string>(), labels["kubernetes.namespace.name"]!.GetValue<string>(),
                labels["kubernetes.pod.name"]!.GetValue<string>(), labels["host.hostName"]!.GetValue<string>(),
                labels["kubernetes.pod.label.app"]!.GetValue<string>()));
        foreach (var never in new[] { "agentId", "containerId", "machineId", "policyId", "actions", "falsePositive" })
        {
            Assert.Null(found[never]);
        }

        var (page, around) = await server.PageAsync($"cursor={Cursor(all[13], "cursor")}&limit=5");
        Assert.Equal(all[11..16].Select(Id), around.Select(Id));
        Assert.Null(page["total"]);
    }

    [Fact]
    public async Task Event_is_found_by_its_id_in_small_and_capital_letters()
    {
        var (_, events) = await server.PageAsync($"{Window}&limit=2");

        var found = await server.GetAsync($"/{Id(events[1])}");

        Assert.Equal(events[1].ToJsonString(), found.ToJsonString());
        Assert.Equal(found.ToJsonString(), (await server.GetAsync($"/{Id(events[1]).ToUpperInvariant()}")).ToJsonString());
        await server.ErrorAsync($"/{Id(events[1])[1..]}", HttpStatusCode.NotFound);
        await server.ErrorAsync($"/{new string('0', 32)}", HttpStatusCode.NotFound);
        await server.ErrorAsync($"/{new string('x', 32)}", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("severity in (\"3\") and kubernetes.namespace.name = \"openshift-monitoring\"", 15)]
    [InlineData("", 27)]
    [InlineData("not originator in (\"benchmarks\",\"scanning\")", 27)]
    [InlineData("originator in (\"policy\")", 27)]
    [InlineData("pid = 1", 0)]
    [InlineData("not pid = 1", 27)]
    [InlineData("pid exists", 0)]
    [InlineData("pid not exists", 27)]
    [InlineData("severity <= 3", 27)]
    [InlineData("severity < 3", 0)]
    [InlineData("ruleName contains \"drop\"", 27)]
    [InlineData("category = simulation", 0)]
    [InlineData("ruleType = 4", 27)]
    [InlineData("policyName exists", 0)]
    [InlineData("direction = in", 14)]
    [InlineData("direction = out", 13)]
    [InlineData("decision = DROP", 27)]
    [InlineData("kubernetes.cluster.name = prod", 27)]
    public async Task Filters_ask_what_they_say(string filter, int count)
    {
        var (page, events) = await server.PageAsync($"{Window}&{Filter(filter)}&limit=999");

        Assert.Equal(count, events.Length);
        Assert.Equal(count, page["total"]!.GetValue<int>());
        var counted = await server.GetAsync($"/count?{Window}&{Filter(filter)}");
        Assert.Equal(count, counted["policyEvents"]!["countBySeverity"]!["3"]!.GetValue<int>());
    }

    [Fact]
    public async Task Every_listed_field_is_taken_and_no_other()
    {
        var names = (await server.GetAsync("/filters")).AsArray().Select(name => name!.GetValue<string>()).ToArray();

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        foreach (var name in names)
        {
            var field = name.EndsWith('*') ? $"{name[..^1]}some/key" : name;
            await server.PageAsync($"{Window}&limit=1&{Filter($"{field} exists")}");
        }

        var message = await server.ErrorAsync($"?{Window}&{Filter("severty = 3")}", HttpStatusCode.UnprocessableEntity);
        Assert.Contains("there is no field \"severty\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_be_denied_shows_only_when_it_is_asked_for()
    {
        var (page, events) = await server.PageAsync($"{Window}&simulation=only_simulation");

        var found = Assert.Single(events);
        Assert.Equal(1, page["total"]!.GetValue<int>());
        Assert.Equal(("simulation", 4), (found["category"]!.GetValue<string>(), found["severity"]!.GetValue<int>()));
        var fields = found["content"]!["fields"]!;
        Assert.Equal(
            ("deny-all", "shop", "uid-1", "no rule allows it", "shop-1", "web-1"),
            (fields["policyName"]!.GetValue<string>(), fields["policyNamespace"]!.GetValue<string>(), fields["policyUid"]!.GetValue<string>(),
                fields["reason"]!.GetValue<string>(), fields["pod_name"]!.GetValue<string>(), fields["peer_pod"]!.GetValue<string>()));
        Assert.Null(fields["uuid"]);
        Assert.Equal("WOULD DENY by shop/deny-all INGRESS TCP web/web-1->shop/shop-1:8080", found["content"]!["output"]!.GetValue<string>());
        var counted = await server.GetAsync($"/count?{Window}&simulation=only_simulation");
        Assert.Equal(1, counted["policyEvents"]!["countBySeverity"]!["4"]!.GetValue<int>());
        Assert.Equal(Id(found), Id(await server.GetAsync($"/{Id(found)}")));
    }

    [Theory]
    [InlineData("?cursor=x&from=1", HttpStatusCode.BadRequest)]
    [InlineData("?cursor=x", HttpStatusCode.BadRequest)]
    [InlineData("?from=1708011862000000000", HttpStatusCode.BadRequest)]
    [InlineData("?to=1708011862000000000", HttpStatusCode.BadRequest)]
    [InlineData("?from=2&to=1", HttpStatusCode.BadRequest)]
    [InlineData("?from=0&to=1209600000000000", HttpStatusCode.OK)]
    [InlineData("?from=0&to=1209600000000001", HttpStatusCode.BadRequest)]
    [InlineData("?from=1&to=1", HttpStatusCode.OK)]
    [InlineData("?from=-1&to=1", HttpStatusCode.BadRequest)]
    [InlineData("?from=1.0&to=2", HttpStatusCode.BadRequest)]
    [InlineData("?from=1e3&to=2000", HttpStatusCode.BadRequest)]
    [InlineData("?from=9223372036854775808&to=9223372036854775808", HttpStatusCode.BadRequest)]
    [InlineData("?from=9223372036854775807&to=9223372036854775807", HttpStatusCode.OK)]
    [InlineData("?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("?limit=999", HttpStatusCode.OK)]
    [InlineData("?limit=1000", HttpStatusCode.BadRequest)]
    [InlineData("?limit=1&limit=2", HttpStatusCode.BadRequest)]
    [InlineData("?simulation=all", HttpStatusCode.BadRequest)]
    [InlineData("?nosuch=1", HttpStatusCode.BadRequest)]
    [InlineData("?filter=", HttpStatusCode.OK)]
    [InlineData("?filter=nosuch%20%3D%201", HttpStatusCode.UnprocessableEntity)]
    [InlineData("?filter=severity%20%3D%209", HttpStatusCode.BadRequest)]
    [InlineData("?filter=%28", HttpStatusCode.BadRequest)]
    [InlineData("?filter=pid%20%3D%20x", HttpStatusCode.BadRequest)]
    [InlineData("/count", HttpStatusCode.BadRequest)]
    [InlineData("/count?from=1", HttpStatusCode.BadRequest)]
    [InlineData("/count?from=1&to=2&filter=nosuch%20%3D%201", HttpStatusCode.BadRequest)]
    [InlineData("/topStats?from=1&to=2&rows=7", HttpStatusCode.BadRequest)]
    [InlineData("/topStats?from=1&to=2&rows=10", HttpStatusCode.OK)]
    [InlineData("/timeSeries?from=1&to=2", HttpStatusCode.BadRequest)]
    [InlineData("/timeSeries?from=1&to=2&metric=x", HttpStatusCode.BadRequest)]
    [InlineData("/status?x=1", HttpStatusCode.BadRequest)]
    [InlineData("/status", HttpStatusCode.OK)]
    [InlineData("/nosuch", HttpStatusCode.NotFound)]
    [InlineData("/api/vi/secureEvents/count?from=1&to=2", HttpStatusCode.OK)]
    public async Task Each_parameter_is_checked(string path, HttpStatusCode status)
    {
        if (status != HttpStatusCode.OK)
        {
            Assert.NotEmpty(await server.ErrorAsync(path, status));
            return;
        }

        await server.Api.GetTextAsync(PathOf(path));
    }

    [Fact]
    public async Task Counts_tops_and_series_are_of_the_same_events()
    {
        var counts = await server.GetAsync($"/count?{Window}");
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7"], counts["policyEvents"]!["countBySeverity"]!.AsObject().Select(member => member.Key));
        Assert.Equal(27, counts["policyEvents"]!["countBySeverity"]!["3"]!.GetValue<int>());
        Assert.All(counts["scanningEvents"]!["countBySeverity"]!.AsObject(), member => Assert.Equal(0, member.Value!.GetValue<int>()));
        Assert.Equal(counts.ToJsonString(), await server.Api.GetTextAsync($"/api/vi/secureEvents/count?{Window}"));

        var tops = (await server.GetAsync($"/topStats?{Window}")).AsObject();
        Assert.Equal(
            ["kubernetes.cluster.name", "compliance", "mitre", "kubernetes.namespace.name", "kubernetes.node.name", "ruleName", "workload"],
            tops.Select(member => member.Key));
        Assert.Equal([15, 3, 3, 3, 1], tops["kubernetes.namespace.name"]!.AsArray().Select(row => row!["count"]!.GetValue<int>()));
        Assert.Equal(
            ["netobserv", "openshift-console", "openshift-ingress"],
            tops["kubernetes.namespace.name"]!.AsArray().Skip(1).Take(3).Select(row => row!["key"]!.GetValue<string>()));
        Assert.Empty(tops["mitre"]!.AsArray());

        var series = await server.GetAsync($"/timeSeries?{Window}&metric=severity");
        Assert.Equal(10_000_000_000, series["step"]!.GetValue<long>());
        var points = series["values"]!["3"]!.AsArray();
        Assert.Equal([1708011860000000000, 1708011870000000000], points.Select(point => point![0]!.GetValue<long>()));
        Assert.Equal(27, points.Sum(point => point![1]!.GetValue<int>()));
        Assert.Empty((await server.GetAsync($"/timeSeries?{Window}&metric=user"))["values"]!.AsObject());
        Assert.Equal("{\"hasEvents\":true,\"hasLegacyEvents\":false}", (await server.GetAsync("/hasEvents")).ToJsonString());
    }
}
