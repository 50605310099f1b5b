using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Exports;

/// <summary>The routes below /api/reporting/v1, on a server that all of these tests share.</summary>
public sealed class ExportApiTests(ExportServer shared) : IClassFixture<ExportServer>
{
    private const string Base = "/api/reporting/v1/flows";

    /// <summary>A time that no test meets.</summary>
    private const string NewYear = """{"cron":"0 0 1 1 *","timeZone":"Europe/Berlin"}""";

    private ApiClient Api => shared.Server.Api;

    [Theory]
    [InlineData("csv", "text/csv")]
    [InlineData("ndjson", "application/x-ndjson")]
    [InlineData("parquet", "application/vnd.apache.parquet")]
    [InlineData("arrow", "application/vnd.apache.arrow.stream")]
    [InlineData("json", "application/json")]
    public async Task File_has_the_bytes_of_the_stream_of_the_same_flows(string format, string type)
    {
        var pod = FlowEvent.NewPod();
        var schedule = await CreateAsync(format, $"pod = {pod}");
        await Api.PostBatchAsync(FlowEvent.Many(pod, 60));

        using var answer = await DownloadAsync(await RunAsync(schedule));

        var bytes = await answer.Content.ReadAsByteArrayAsync();
        var flows = $"/api/v1/flows?from=2026-05-12&to=2026-05-13&order=asc&filter=pod%3D{pod}&fields=pod_name,workload,pod_port,time_stamp";
        if (format == "json")
        {
            Assert.Equal(
                JsonNode.Parse(await Api.GetTextAsync($"{flows}&limit=100"))!["data"]!.ToJsonString(), JsonNode.Parse(bytes)!.ToJsonString());
        }
        else
        {
            using var native = await Api.GetAsync($"{flows}&format={format}");
            Assert.Equal(await native.Content.ReadAsByteArrayAsync(), bytes);
        }

        var report = (await GetAsync(schedule))["reports"]![0]!;
        var sha256 = SHA256.HashData(bytes);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            (60, bytes.Length, Convert.ToHexStringLower(sha256)),
            (report["rows"]!.GetValue<int>(), report["bytes"]!.GetValue<int>(), report["sha256"]!.GetValue<string>()));
        Assert.Equal($"\"{Convert.ToHexStringLower(sha256)}\"", answer.Headers.ETag!.Tag);
        Assert.Equal($"sha-256=:{Convert.ToBase64String(sha256)}:", answer.Headers.GetValues("Repr-Digest").Single());
        Assert.Matches($@"^flows-[0-9TZ]+-[0-9A-Za-z]{{27}}\.{format}$", answer.Content.Headers.ContentDisposition!.FileName);
    }

    [Fact]
    public async Task First_seen_time_reaches_back_and_arrival_goes_on_where_it_ended()
    {
        var pod = FlowEvent.NewPod();
        await Api.PostBatchAsync(FlowEvent.Many(pod, 5));
        var back = await CreateAsync("ndjson", $"pod = {pod}", ("basis", "first_seen"), ("window", "-3650d"));
        var tiles = await CreateAsync("ndjson", $"pod = {pod}");

        Assert.Equal(5, await RowsAsync(back));
        Assert.Equal(0, await RowsAsync(tiles));
        // Their own time is long ago.
        await Api.PostBatchAsync(FlowEvent.Many(pod, 8));
        Assert.Equal(3, await RowsAsync(tiles));
        Assert.Equal(0, await RowsAsync(tiles));
        Assert.Equal(8, await RowsAsync(back));
        var reports = (await GetAsync(tiles))["reports"]!.AsArray();
        Assert.All(reports.Zip(reports.Skip(1)), pair => Assert.Equal($"{pair.First!["from"]}", $"{pair.Second!["to"]}"));

        async Task<int> RowsAsync(string schedule)
        {
            using var answer = await DownloadAsync(await RunAsync(schedule));
            return (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        }
    }

    [Fact]
    public async Task Clear_leaves_files_alone_and_nothing_of_it_in_the_next()
    {
        var pod = FlowEvent.NewPod();
        var schedule = await CreateAsync("ndjson", $"pod = {pod}");
        await Api.PostBatchAsync(FlowEvent.Many(pod, 3));
        var before = await RunAsync(schedule);
        await Api.PostBatchAsync(FlowEvent.Many(pod, 6));
        using var cleared = await ApiClient.PatientlyAsync(() => Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", null));
        Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
        await Api.PostBatchAsync(FlowEvent.Many(pod, 1));

        var after = await RunAsync(schedule);

        Assert.Equal(
            [1, 3], (await GetAsync(schedule))["reports"]!.AsArray().Select(report => report!["rows"]!.GetValue<int>()));
        foreach (var file in new[] { before, after })
        {
            using var answer = await DownloadAsync(file);
        }
    }

    [Fact]
    public async Task Edges_and_events_are_those_of_their_routes()
    {
        var pod = FlowEvent.NewPod();
        var edges = await CreateAsync("ndjson", $"pod = {pod}", ("reportType", "edges"), ("fields", null));
        var parquet = await CreateAsync("parquet", $"pod = {pod}", ("reportType", "edges"), ("fields", null));
        var events = await CreateAsync("csv", $"kubernetes.pod.name = {pod}", ("reportType", "events"), ("fields", new JsonArray("id", "rule", "time_stamp")));
        await Api.PostBatchAsync(FlowEvent.Many(pod, 20).Select(flow => flow with { Decision = "DROP" }));

        using var rows = await DownloadAsync(await RunAsync(edges));
        var edge = JsonNode.Parse((await rows.Content.ReadAsStringAsync()).Trim())!;
        var map = JsonNode.Parse(await Api.GetTextAsync($"/api/v1/topology?from=2026-05-12&to=2026-05-13&filter=pod%3D{pod}"))!;
        Assert.Equal(
            (pod, "tests", "TCP", 20, 20, map["edges"]![0]!["first_seen"]!.GetValue<string>(), map["edges"]![0]!["server_port"]!.GetValue<int>()),
            ($"{edge["server"]}", $"{edge["server_namespace"]}", $"{edge["protocol"]}", edge["flows"]!.GetValue<int>(), edge["dropped"]!.GetValue<int>(),
                $"{edge["first_seen"]}", edge["server_port"]!.GetValue<int>()));
        using var packed = await DownloadAsync(await RunAsync(parquet));
        Assert.Equal("PAR1", Encoding.ASCII.GetString((await packed.Content.ReadAsByteArrayAsync())[^4..]));
        using var found = await DownloadAsync(await RunAsync(events));
        var lines = (await found.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var list = JsonNode.Parse(await Api.GetTextAsync(
            $"/api/v1/secureEvents?from=1778500000000000000&to=1778700000000000000&filter=kubernetes.pod.name%3D{pod}"))!["data"]!.AsArray();
        Assert.Equal(
            list.Select(one => one!["id"]!.GetValue<string>()).Reverse(), lines[1..].Select(line => line.Split(',')[0].Trim('"')));
    }

    [Fact]
    public async Task Preview_counts_and_shows_twenty()
    {
        var pod = FlowEvent.NewPod();
        await Api.PostBatchAsync(FlowEvent.Many(pod, 30).Select(flow => flow with { Decision = "DROP" }));

        foreach (var (type, field, total) in new[] { ("flows", "pod", 30), ("edges", "pod", 1), ("events", "kubernetes.pod.name", 30) })
        {
            using var answer = await Api.PostAsync($"{Base}/{type}/preview", $$"""{"filter":"{{field}} = {{pod}}","format":"parquet"}""");
            var preview = await ReadAsync(answer);
            Assert.Equal(
                (HttpStatusCode.OK, total, Math.Min(total, 20)),
                (answer.StatusCode, preview["total"]!.GetValue<int>(), preview["data"]!.AsArray().Count));
        }

        using var wrong = await Api.PostAsync($"{Base}/flows/preview", """{"filter":"pod == x"}""");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("At character ", (await ReadAsync(wrong))["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var config = JsonNode.Parse(await Api.GetTextAsync($"{Base}/events/config"))!;
        Assert.Contains("severity", config["filters"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Contains("Europe/Berlin", config["timeZones"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal(["csv", "json", "ndjson", "parquet", "arrow"], config["formats"]!.AsArray().Select(name => name!.GetValue<string>()));
    }

    [Fact]
    public async Task Schedule_is_made_changed_listed_and_deleted_also_twice()
    {
        var id = await CreateAsync("csv", "");
        Assert.Matches("^schedule-[0-9A-Za-z]{27}$", id);
        var read = await GetAsync(id);
        Assert.Equal(
            """{"schedule":{"cron":"0 0 1 1 *","timeZone":"Europe/Berlin"},"window":"sincePrevious","basis":"arrival","catchUp":"run","keepDays":7}""",
            new JsonObject(new[] { "schedule", "window", "basis", "catchUp", "keepDays" }
                .Select(name => KeyValuePair.Create(name, read[name]?.DeepClone()))).ToJsonString());
        Assert.EndsWith("-12-31T23:00:00.000000Z", read["nextRun"]!.GetValue<string>(), StringComparison.Ordinal);

        // What was read can be sent back; what is left out is the default.
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(id, read.ToJsonString())).Status);
        var (status, changed) = await PutAsync(id, """{"name":"b","reportType":"events","schedule":{"everySeconds":86400},"enabled":false}""");
        Assert.Equal((HttpStatusCode.OK, "UTC"), (status, changed["schedule"]!["timeZone"]!.GetValue<string>()));
        Assert.Null(changed["nextRun"]);
        Assert.Null(changed["fields"]);
        Assert.Contains(id, await Api.GetTextAsync($"{Base}/schedules"), StringComparison.Ordinal);
        for (var round = 0; round < 2; round++)
        {
            using var deleted = await Api.SendAsync(HttpMethod.Delete, $"{Base}/schedules/{id}", null);
            Assert.Equal((HttpStatusCode.OK, "{}"), (deleted.StatusCode, await deleted.Content.ReadAsStringAsync()));
        }

        using var gone = await Api.GetAsync($"{Base}/schedules/{id}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(id, read.ToJsonString())).Status);
        var audit = "";
        await Patience.UntilAsync(
            "acts are logged", async () => (audit = await Api.GetTextAsync("/api/events/audit")).Contains("schedule.delete", StringComparison.Ordinal));
        Assert.All(new[] { "schedule.create", "schedule.update" }, act => Assert.Contains(act, audit, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"reportType":"scans"}""", "reportType")]
    [InlineData("""{"format":"pdf"}""", "format")]
    [InlineData("""{"schedule":null}""", "schedule")]
    [InlineData("""{"schedule":{"cron":"0 0 * * *","every":5}}""", "schedule.every")]
    [InlineData("""{"schedule":{"cron":"0 0 * * *","timeZone":"Mars/Olympus"}}""", "schedule.timeZone")]
    [InlineData("""{"schedule":{"everySeconds":59}}""", "schedule.everySeconds")]
    [InlineData("""{"window":"24h"}""", "window")]
    [InlineData("""{"basis":"last_seen"}""", "basis")]
    [InlineData("""{"filter":"nosuch = 1"}""", "filter")]
    [InlineData("""{"fields":[]}""", "fields")]
    [InlineData("""{"fields":["pod_name","pod_nam"]}""", "fields")]
    [InlineData("""{"fields":["pod_name","pod_name"]}""", "fields")]
    [InlineData("""{"catchUp":true}""", "catchUp")]
    [InlineData("""{"keepDays":366}""", "keepDays")]
    [InlineData("""{"enabled":"yes"}""", "enabled")]
    [InlineData("""{"nosuch":1}""", "nosuch")]
    public async Task What_is_wrong_is_named(string change, string field)
    {
        var order = Order("csv", "");
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            order[name] = value?.DeepClone();
        }

        using var answer = await Api.PostAsync($"{Base}/schedules", order.ToJsonString());

        var error = await ReadAsync(answer);
        Assert.Equal((HttpStatusCode.BadRequest, field), (answer.StatusCode, error["details"]![0]!["field"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Run_is_refused_where_it_is_disabled_unknown_or_due_and_a_file_has_its_errors()
    {
        var disabled = await CreateAsync("csv", "", ("enabled", false));
        var due = await CreateAsync("csv", "", ("schedule", JsonNode.Parse("""{"everySeconds":60}""")));
        var id = await CreateAsync("csv", "");

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(HttpMethod.Post, $"schedules/{disabled}/run"));
        Assert.Equal(HttpStatusCode.Conflict, await StatusAsync(HttpMethod.Post, $"schedules/{due}/run"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Post, "schedules/schedule-1hDkklCWc5UtuFhwCaZkbFNY5ZV/run"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(HttpMethod.Post, $"schedules/{id}/run?now=1"));
        using (var withBody = await Api.PostAsync($"{Base}/schedules/{id}/run", """{"now":1}"""))
        {
            Assert.Equal(HttpStatusCode.BadRequest, withBody.StatusCode);
        }

        foreach (var file in new[] { "1ueqXHvmzvtwJV2lFr8z8wdydu0", "..%2F..%2Fjournal%2Fjournal-0", "x", "%2e%2e%2fclock" })
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, $"reports/{file}"));
        }

        var report = await RunAsync(id);
        Assert.Equal(HttpStatusCode.NotAcceptable, await StatusAsync(HttpMethod.Get, $"reports/{report}", ("Accept", "application/pdf")));
        Assert.Equal(HttpStatusCode.NotAcceptable, await StatusAsync(HttpMethod.Get, "reports/x", ("Accept", "application/pdf")));
        Assert.Equal(HttpStatusCode.NotAcceptable, await StatusAsync(HttpMethod.Get, $"reports/{report}", ("Accept", "application/json, text/csv;q=0")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, $"reports/{report}", ("Accept", "text/*;q=0.1, application/pdf")));
        using (var unpacked = await Api.GetAsync($"{Base}/reports/{report}", ("Accept-Encoding", "gzip"), ("Range", "bytes=0-3")))
        {
            Assert.Equal((HttpStatusCode.PartialContent, 4L), (unpacked.StatusCode, unpacked.Content.Headers.ContentLength));
            Assert.Empty(unpacked.Content.Headers.ContentEncoding);
            using var same = await Api.GetAsync($"{Base}/reports/{report}", ("If-None-Match", unpacked.Headers.ETag!.Tag));
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        }

        foreach (var path in new[] { "schedules", $"schedules/{id}", $"reports/{report}", "flows/config" })
        {
            using var answer = await Api.GetAsync($"/api/reporting/v1/scanning/{path}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Contains("the only domain here is flows", (await ReadAsync(answer))["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, "vulnerabilities/config"));
        await Patience.UntilAsync("it is counted", async () => await Api.GetMetricAsync($"kguardian_exports_runs_total{{schedule=\"{id}\"}}") == 1);
        Assert.Contains("\"exports\"", await Api.GetTextAsync("/api/v1/admin/doctor"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_needs_the_role_read_and_writing_admin_and_switched_off_nothing_runs()
    {
        await using var store = await RemoteStore.CreateAsync();
        var (read, admin) = (Path.Combine(store.DataDirectory, "read"), Path.Combine(store.DataDirectory, "admin"));
        await File.WriteAllTextAsync(read, "token-to-read");
        await File.WriteAllTextAsync(admin, "token-of-admin");
        await using var server = await store.StartServerAsync(
            ("KGUARDIAN_AUTH__READTOKENFILE", read), ("KGUARDIAN_AUTH__ADMINTOKENFILE", admin), ("KGUARDIAN_EXPORTS__ENABLED", "false"));
        using var created = await SendAsync(HttpMethod.Post, "schedules", "token-of-admin", Order("csv", "").ToJsonString());
        var id = (await ReadAsync(created))["id"];

        foreach (var (method, path, least) in new[]
        {
            (HttpMethod.Get, "schedules", "token-to-read"), (HttpMethod.Get, $"schedules/{id}", "token-to-read"),
            (HttpMethod.Get, "flows/config", "token-to-read"), (HttpMethod.Post, "flows/preview", "token-to-read"),
            (HttpMethod.Get, "reports/x", "token-to-read"), (HttpMethod.Post, "schedules", "token-of-admin"),
            (HttpMethod.Put, $"schedules/{id}", "token-of-admin"), (HttpMethod.Post, $"schedules/{id}/run", "token-of-admin"),
            (HttpMethod.Delete, $"schedules/{id}", "token-of-admin"),
        })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(method, path, null, "{}")).StatusCode);
            var asReader = (await SendAsync(method, path, "token-to-read", "{}")).StatusCode;
            Assert.Equal(least == "token-of-admin", asReader == HttpStatusCode.Forbidden);
            if (path.EndsWith("/run", StringComparison.Ordinal))
            {
                using var off = await SendAsync(method, path, "token-of-admin", "{}");
                Assert.Contains("Exports:Enabled", await off.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                Assert.Equal(HttpStatusCode.Forbidden, off.StatusCode);
            }
        }

        Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token, string body) => server.Api.SendAsync(
            method, $"{Base}/{path}", method == HttpMethod.Get ? null : new StringContent(body, Encoding.UTF8, "application/json"),
            token is null ? [] : [("Authorization", $"Bearer {token}")]);
    }

    private static JsonObject Order(string format, string filter, params (string Name, JsonNode? Value)[] more)
    {
        var order = new JsonObject
        {
            ["name"] = "nightly",
            ["reportType"] = "flows",
            ["format"] = format,
            ["filter"] = filter,
            ["schedule"] = JsonNode.Parse(NewYear),
            ["fields"] = new JsonArray("pod_name", "workload", "pod_port", "time_stamp"),
        };
        foreach (var (name, value) in more)
        {
            order[name] = value;
        }

        return order;
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

    private async Task<string> CreateAsync(string format, string filter, params (string Name, JsonNode? Value)[] more)
    {
        using var answer = await Api.PostAsync($"{Base}/schedules", Order(format, filter, more).ToJsonString());
        var created = await ReadAsync(answer);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, created.ToJsonString());
        return created["id"]!.GetValue<string>();
    }

    private async Task<JsonNode> GetAsync(string id) => JsonNode.Parse(await Api.GetTextAsync($"{Base}/schedules/{id}"))!;

    private async Task<(HttpStatusCode Status, JsonNode Body)> PutAsync(string id, string body)
    {
        using var answer = await Api.SendAsync(HttpMethod.Put, $"{Base}/schedules/{id}", new StringContent(body, Encoding.UTF8, "application/json"));
        return (answer.StatusCode, await ReadAsync(answer));
    }

    private async Task<string> RunAsync(string id)
    {
        using var answer = await Api.SendAsync(HttpMethod.Post, $"{Base}/schedules/{id}/run", null);
        var order = await ReadAsync(answer);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, order.ToJsonString());
        var file = order["fileId"]!.GetValue<string>();
        await Patience.UntilAsync("the file is finished", async () => (await GetAsync(id))["reports"]!.AsArray().Any(
            report => report!["fileId"]!.GetValue<string>() == file && report["status"]!.GetValue<string>() == "finished"));
        return file;
    }

    private async Task<HttpResponseMessage> DownloadAsync(string file)
    {
        var answer = await Api.GetAsync($"{Base}/reports/{file}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }

    private async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var answer = await Api.SendAsync(method, $"{Base}/{path}", null, headers);
        return answer.StatusCode;
    }
}

/// <summary>A server.</summary>
public sealed class ExportServer : IAsyncLifetime
{
    private RemoteStore _store = null!;

    public ServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        Server = await _store.StartServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _store.DisposeAsync();
    }
}
