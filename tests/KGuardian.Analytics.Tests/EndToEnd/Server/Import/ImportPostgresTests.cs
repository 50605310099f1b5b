using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Import;

/// <summary><c>import postgres</c>: what becomes of every row.</summary>
public sealed class ImportPostgresTests(ImportServer server) : IClassFixture<ImportServer>, IDisposable
{
    private readonly TestDirectory _directory = new();

    private string State => Path.Combine(_directory.Path, "state");

    [Fact]
    public async Task Every_table_comes_over_and_a_second_time_nothing_is_new()
    {
        var pod = FlowEvent.NewPod();
        var database = await server.Postgres.CreateAsync(
            BrokerRows.Traffic, BrokerRows.Pods, BrokerRows.Services, BrokerRows.Syscalls, BrokerRows.Verdicts,
            $$$$"""
            INSERT INTO pod_details VALUES
                ('{{{{pod}}}}', '10.1.1.1', 'shop', '{"metadata": {"labels": {"app": "x"}}}', '2026-05-01', 'n', true, 'id', '{"a": "b"}'),

            """ + $"('{pod}-without', null, null, null, '2026-05-01', 'n', false, null, null)",
            $"INSERT INTO svc_details VALUES ('{pod}', 'front', 'shop', null, '2026-05-01'), ('None', 'headless', 'shop', null, '2026-05-01')",
            $"INSERT INTO pod_syscalls VALUES ('{pod}', 'shop', 'write,read', 'x86_64', '2026-05-01'), ('{pod}-without', null, null, null, '2026-05-01')",
            $"""
            INSERT INTO audit_verdicts (policy_uid, policy_namespace, policy_name, direction, dst_port, protocol, reason, observed_at, verdict)
            VALUES ('u', 'shop', '{pod}', 'Ingress', 80, 'TCP', 'none', now() at time zone 'UTC' - interval '1 hour', 'WouldDeny'),
                ('u', 'shop', '{pod}', 'Egress', 443, 'TCP', null, now() at time zone 'UTC' - interval '2 hours', 'Allow'),
                ('u', 'shop', '{pod}', 'Egress', 443, 'TCP', null, '2026-01-02', 'Allow')
            """);
        var flows = FlowEvent.Many(pod, 1_200);
        await server.Postgres.AddAsync(database, flows);

        var first = await server.ImportAsync(database, State);
        var second = await server.ImportAsync(database, State);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        var expected = new[] { ("flows", 1_200, 0, 0), ("pods", 2, 0, 0), ("services", 2, 1, 0), ("syscalls", 2, 0, 0), ("verdicts", 3, 0, 1) };
        foreach (var (table, rows, ignored, older) in expected)
        {
            Assert.Equal((table, rows, rows - ignored - older, 0, ignored, older), Numbers(first.Report, table));
            Assert.Equal((table, rows, 0, rows - ignored - older, ignored, older), Numbers(second.Report, table));
        }

        // Times as they were, and all that was said.
        Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(pod));
        var detail = JsonNode.Parse(await server.Api.GetTextAsync($"/pod/name/{pod}"))!;
        Assert.Equal(("10.1.1.1", true, "x", "b"), (
            (string?)detail["pod_ip"], (bool?)detail["is_dead"], (string?)detail["pod_obj"]!["metadata"]!["labels"]!["app"],
            (string?)detail["workload_selector_labels"]!["a"]));
        Assert.Contains("\"front\"", await server.Api.GetTextAsync($"/svc/ip/{pod}"), StringComparison.Ordinal);
        Assert.Contains("\"read,write\"", await server.Api.GetTextAsync($"/pod/syscalls/{pod}"), StringComparison.Ordinal);
        var verdicts = JsonNode.Parse(await server.Api.GetTextAsync($"/audit/verdicts?policy={pod}"))!.AsArray();
        Assert.Equal(["WouldDeny", "Allow"], verdicts.Select(verdict => (string?)verdict!["verdict"]));
        // Repeats of an import are no observations.
        Assert.Equal("0", await server.SqlAsync("SELECT count() FROM kguardian.traffic_activity"));

        static (string, int, int, int, int, int) Numbers(JsonObject report, string table)
        {
            var numbers = ImportServer.Table(report, table);
            return (table, (int)numbers["read"]!, (int)numbers["stored"]!, (int)numbers["known_before"]!, (int)numbers["ignored"]!, (int)numbers["older"]!);
        }
    }

    [Fact]
    public async Task Strange_rows_are_stored_or_told_and_the_earliest_of_the_same_counts()
    {
        var pod = FlowEvent.NewPod();
        var plain = FlowEvent.Of(pod, 0);
        FlowEvent Strange(FlowEvent row) => row with { Uuid = Guid.NewGuid().ToString("D") };
        FlowEvent[] good =
        [
            plain,
            Strange(plain with { PodPort = null, TrafficInOutPort = null, PodNamespace = null, IpProtocol = null, Decision = null, TrafficType = null }),
            Strange(plain with { TrafficInOutIp = "quote ' \" \\ \n\t line, ü 漢字 🙂", PodPort = "" }),
            Strange(plain with { PodPort = "0443", TimeStamp = "1969-12-31T23:59:59.999999" }),
        ];
        FlowEvent[] bad =
        [
            Strange(plain) with { PodPort = "65536" }, Strange(plain) with { PodPort = "http" }, Strange(plain) with { Uuid = "it's none" },
            Strange(plain) with { TimeStamp = "1850-01-01T00:00:00" }, Strange(plain) with { TrafficInOutIp = new string('x', 1_025) },
        ];
        var later = good.Select(row => Strange(row) with { TimeStamp = "2026-06-01T00:00:00.000001" }).ToArray();
        var database = await server.Postgres.CreateAsync(BrokerRows.Traffic);
        await server.Postgres.AddAsync(database, [.. later, .. bad, .. good]);
        await server.Postgres.RunAsync(database, "INSERT INTO pod_traffic (uuid, time_stamp) VALUES (gen_random_uuid()::text, 'infinity')");

        var (exitCode, flows, report) = await server.ImportAsync(database, State, "--rejects", Path.Combine(_directory.Path, "bad.ndjson"));

        Assert.Equal(3, exitCode);
        Assert.Equal((14, 4, 4, 6), ((int)flows["read"]!, (int)flows["stored"]!, (int)flows["duplicates"]!, (int)flows["rejected"]!));
        Assert.Equal(0, (int)flows["unexplained"]!);
        Assert.Equal(
            """{"pod_port: bad_port":2,"time_stamp: bad_time":2,"traffic_in_out_ip: too_long":1,"uuid: bad_uuid":1}""", flows["reasons"]!.ToJsonString());
        Assert.Equal(FlowEvent.NewestFirst(good), await server.Api.GetPodAsync(pod));
        var rejects = (await File.ReadAllLinesAsync((string)report["rejects_file"]!)).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(6, rejects.Length);
        Assert.All(rejects, row => Assert.True((long)row["row"]! is >= 1 and <= 14));
        Assert.Contains(rejects, row => (string)row["field"]! == "uuid" && ((string)row["text"]!).Contains("it's none", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_agents_said_later_stays_and_what_they_post_meanwhile_is_there()
    {
        var (pod, agents) = (FlowEvent.NewPod(), FlowEvent.NewPod());
        using (await server.Api.PostAsync("/pod/spec",
            $$"""
            {"pod_name": "{{pod}}", "pod_namespace": "shop", "pod_ip": "10.9.9.9", "node_name": "new", "is_dead": false, "time_stamp": "2026-05-02T00:00:00"}
            """))
        {
        }

        var database = await server.Postgres.CreateAsync(
            BrokerRows.Traffic, BrokerRows.Pods, $"INSERT INTO pod_details VALUES ('{pod}', '10.8.8.8', 'shop', null, '2026-05-01', 'old', true, null, null)");
        await server.Postgres.AddAsync(database, FlowEvent.Many(pod, 2_000));

        var importing = server.ImportAsync(database, State, "--rate", "2000");
        var posted = 0;
        // The same flows as the import, and others.
        for (var n = 0; n < 2_000; n += 50)
        {
            posted += await server.Api.PostBatchAsync(Enumerable.Range(n, 50).SelectMany(i => new[] { FlowEvent.Of(pod, i), FlowEvent.Of(agents, i) }));
        }

        var (exitCode, flows, report) = await importing;

        Assert.Equal((0, 1), (exitCode, (int)ImportServer.Table(report, "pods")["older"]!));
        Assert.Contains("\"new\"", await server.Api.GetTextAsync($"/pod/name/{pod}"), StringComparison.Ordinal);
        Assert.Equal(2_000, (int)flows["stored"]! + (int)flows["known_before"]!);
        Assert.Equal(4_000, posted + (int)flows["stored"]!);
        Assert.Equal(2_000, (await server.Api.GetPodAsync(pod)).Length);
        Assert.Equal(2_000, (await server.Api.GetPodAsync(agents)).Length);
    }

    [Fact]
    public async Task Tables_and_columns_of_an_older_broker_may_be_missing_and_a_large_row_is_told()
    {
        var pod = FlowEvent.NewPod();
        var database = await server.Postgres.CreateAsync(
            "CREATE TABLE pod_details (pod_name varchar PRIMARY KEY, pod_ip varchar, pod_namespace varchar, pod_obj json, time_stamp timestamp NOT NULL, "
                + "node_name varchar NOT NULL, is_dead boolean NOT NULL)",
            $"INSERT INTO pod_details SELECT '{pod}-' || i, '10.1.1.1', 'shop', json_build_object('metadata', json_build_object('name', repeat('x', "
                + "CASE i WHEN 7 THEN 300000 ELSE 20000 END))), '2026-05-01', 'n', false FROM generate_series(1, 30) i");

        var (exitCode, _, report) = await server.ImportAsync(database, State);

        // In parts, as the bodies of all are larger than the server takes.
        var pods = ImportServer.Table(report, "pods");
        Assert.Equal((3, 29, 1), (exitCode, (int)pods["stored"]!, (int)pods["rejected"]!));
        Assert.Equal("""{"too large: Ingest:MaxBodyBytes":1}""", pods["reasons"]!.ToJsonString());
        var notes = report["notes"]!.AsArray().Select(note => (string)note!).ToArray();
        Assert.Contains("the table pod_details has no pod_identity, workload_selector_labels: an older broker", notes);
        Assert.Contains("the database has no table pod_traffic: skipped", notes);
    }

    [Fact]
    public async Task Newer_broker_comes_over_and_what_does_not_is_named()
    {
        var pod = FlowEvent.NewPod();
        var database = await server.Postgres.CreateAsync(
            // As the newest broker may have them: other types, more columns, more tables.
            "CREATE TABLE pod_traffic (uuid uuid PRIMARY KEY, pod_name text, pod_namespace text, pod_ip text, pod_port integer, ip_protocol text, "
                + "traffic_type text, traffic_in_out_ip text, traffic_in_out_port integer, decision text, time_stamp timestamptz NOT NULL, peer_kind text, "
                + "peer_name text, peer_resolved_at timestamptz)",
            $"INSERT INTO pod_traffic SELECT gen_random_uuid(), '{pod}', 'shop', '10.1.1.1', 8080, 'TCP', 'INGRESS', '10.2.0.' || i, 0, 'ALLOW', "
                + "timestamptz '2026-05-12 10:00:00.5+02' + i * interval '1 second', 'pod', 'x', now() FROM generate_series(1, 20) i",
            "CREATE TABLE pod_details (pod_name text, pod_namespace text, pod_ip text, pod_obj jsonb, time_stamp timestamptz NOT NULL, "
                + "node_name text NOT NULL, is_dead boolean NOT NULL, pod_identity text, workload_selector_labels jsonb, host_network boolean, "
                + "started_at timestamptz, PRIMARY KEY (pod_namespace, pod_name))",
            $"INSERT INTO pod_details VALUES ('{pod}', 'shop', '10.1.1.1', null, '2026-05-01', 'n', false, null, null, true, now()), "
                + $"('{pod}', 'other', '10.1.1.2', null, '2026-05-01', 'n', false, null, null, false, now())",
            "CREATE TABLE seccomp_profiles (name text)", "CREATE TABLE pod_images (day date, image text) PARTITION BY RANGE (day)",
            "CREATE TABLE pod_images_2026 PARTITION OF pod_images FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')");

        var (exitCode, flows, report) = await server.ImportAsync(database, State);
        var rows = await server.Api.GetPodAsync(pod);

        Assert.Equal((0, 20, 2), (exitCode, (int)flows["stored"]!, (int)ImportServer.Table(report, "pods")["stored"]!));
        Assert.Equal(("2026-05-12T08:00:20.500000", "8080", "10.1.1.1"), (rows[0].TimeStamp, rows[0].PodPort, rows[0].PodIp));
        var notes = report["notes"]!.AsArray().Select(note => (string)note!).ToArray();
        Assert.Contains("of the table pod_traffic these are not imported: peer_kind, peer_name, peer_resolved_at", notes);
        Assert.Contains("of the table pod_details these are not imported: started_at", notes);
        Assert.Equal(
            ["pod_images", "seccomp_profiles"],
            notes.Where(note => note.Contains("it stays where it is", StringComparison.Ordinal)).Select(note => note.Split(' ')[2]));
    }

    [Fact]
    public async Task Progress_is_seen_on_a_terminal_and_an_interrupted_import_goes_on()
    {
        Needs.Programs("tmux", "stty");
        var pod = FlowEvent.NewPod();
        var database = await server.Postgres.CreateAsync(BrokerRows.Traffic);
        await server.Postgres.AddAsync(database, FlowEvent.Many(pod, 3_000));
        var import = $"{ServerProgram.Path} import postgres --from {server.Postgres.UrlOf(database)} --server {server.Address} --state {State}";
        await using var terminal = await TerminalProgram.StartAsync(_directory.Path, 160, 30, $"{import} --rate 100; {import}");

        await terminal.SeeAsync("import-running", screen => Regex.IsMatch(screen, "[1-9][0-9]* rows/s"));
        await Patience.UntilAsync(
            "rows are acknowledged", () => File.Exists(State) && (int?)JsonNode.Parse(File.ReadAllText(State))!["tables"]!["flows"]?["rows"] > 0);
        await terminal.PressAsync("C-c");
        var done = await terminal.SeeAsync("import-done", screen => screen.Contains("ended: 0", StringComparison.Ordinal));

        Assert.Contains("interrupted", done, StringComparison.Ordinal);
        Assert.Contains("goes on behind", done, StringComparison.Ordinal);
        Assert.Equal(3_000, (await server.Api.GetPodAsync(pod)).Length);
    }

    [Fact]
    public async Task What_is_wrong_with_database_or_server_is_said_in_a_line()
    {
        var database = await server.Postgres.CreateAsync(BrokerRows.Traffic);
        var empty = await server.Postgres.CreateAsync();
        var secret = await server.Postgres.CreateAsync();
        await server.Postgres.RunAsync(secret, BrokerRows.Traffic);
        var (host, address) = (server.Postgres.HostAndPort, server.Address.ToString());

        await AssertAsync(1, "does not let this user in", $"postgres://reader:wrong-secret@{host}/{database}", address);
        await AssertAsync(1, "there is no such database", $"postgres://boss@{host}/none", address);
        await AssertAsync(1, "has none of the broker's tables", $"postgres://boss@{host}/{empty}", address);
        await AssertAsync(1, "may not read pod_traffic", $"postgres://reader:right@{host}/{secret}", address);
        await AssertAsync(1, "cannot be read", $"postgres://boss@127.0.0.1:1/{database}", address);
        await AssertAsync(1, "127.0.0.1:1", $"postgres://boss@{host}/{database}", "http://127.0.0.1:1");
        await AssertAsync(2, "--from must look like", "mysql://boss:very-secret@localhost/x", address);
        await AssertAsync(2, "is none of pod_details", $"postgres://boss@{host}/{database}", address, "--table", "nothing");
        await AssertAsync(2, "must be 1 or more", $"postgres://boss@{host}/{database}", address, "--rate", "0");
        await File.WriteAllTextAsync(State, "no state");
        await AssertAsync(2, "is no state of an import", $"postgres://boss@{host}/{database}", address);

        async Task AssertAsync(int code, string said, string from, string to, params string[] others)
        {
            var (exitCode, output, error) = await ServerProgram.RunAsync(
                ["import", "postgres", "--from", from, "--server", to, "--state", State, "--json", .. others]);
            Assert.True(exitCode == code && output.Length == 0, $"{exitCode}: {output}{error}");
            Assert.Contains(said, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd('\n').Split('\n'));
            Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Examples_of_the_help_run()
    {
        var database = await server.Postgres.CreateAsync(BrokerRows.Traffic);
        await server.Postgres.AddAsync(database, FlowEvent.Many(FlowEvent.NewPod(), 10));
        var (_, help, _) = await ServerProgram.RunAsync(["import", "postgres", "--help"]);
        var examples = Regex.Matches(
                help[help.IndexOf("Examples:", StringComparison.Ordinal)..], "^  kguardian-analytics (import postgres .*)$", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value).ToArray();

        Assert.Equal(3, examples.Length);
        foreach (var example in examples)
        {
            var line = example.Replace("kguardian@localhost:5432/kguardian", $"boss@{server.Postgres.HostAndPort}/{database}", StringComparison.Ordinal)
                .Replace(
                    "\"Host=localhost;Username=kguardian;Database=kguardian\"",
                    $"Host=127.0.0.1;Port={server.Postgres.HostAndPort.Split(':')[1]};Username=boss;Database={database}", StringComparison.Ordinal)
                .Replace("http://localhost:9090", server.Address.ToString(), StringComparison.Ordinal);
            var start = ServerProgram.Command(line.Split(' '), [("KGUARDIAN_SERVER", server.Address.ToString())]);
            start.WorkingDirectory = _directory.Path;
            using var process = System.Diagnostics.Process.Start(start)!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Patience.Limit);
            Assert.True(process.ExitCode == 0, $"{line}: {await output}{await error}");
            Assert.Contains("10", await output, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _directory.Dispose();
}
