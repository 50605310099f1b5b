using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.EndToEnd.Server.Api;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Import;

/// <summary><c>import FILE…</c>: what becomes of every row of files.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class ImportFileTests(RemoteServer server) : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task Every_form_comes_over_and_a_second_time_nothing_is_new()
    {
        var pod = FlowEvent.NewPod();
        var flows = FlowEvent.Many(pod, 300);
        var lines = File("a.ndjson", string.Join("\r\n", flows[..100].Select(row => row.ToJson())) + "\n\nno json\n[1]\n");
        var array = Packed("b.json.gz", FlowEvent.Batch(flows[100..200]));
        var csv = File("c.csv", "\uFEFFuuid,space,pod_name,pod_ip,port,ip_protocol,traffic_type,peer,traffic_in_out_port,decision,when\n"
            + string.Concat(flows[200..].Select(row =>
                $"{row.Uuid},tests,\"{row.PodName}\",{row.PodIp},8080,TCP,INGRESS,{row.TrafficInOutIp},0,ALLOW,{row.TimeStamp}\n")) + "too,few\n");

        var plain = await ImportAsync(lines, array);
        var again = await ImportAsync(lines, array);
        var mapped = await ImportAsync(csv, "--map", "pod_namespace=space,pod_port=port,traffic_in_out_ip=peer,time_stamp=when");

        Assert.Equal((3, 202, 200, 0, 2), plain);
        Assert.Equal((3, 202, 0, 200, 2), again);
        Assert.Equal((3, 101, 100, 0, 1), mapped);
        Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(pod));
        var reject = JsonNode.Parse((await System.IO.File.ReadAllLinesAsync(State + ".rejects")).Single())!;
        Assert.Equal((102, "2 cells under 11 names"), ((int)reject["row"]!, (string?)reject["reason"]));
    }

    [Fact]
    public async Task Flows_of_other_programs_become_what_an_agent_would_have_sent()
    {
        var pod = FlowEvent.NewPod();
        var hubble = File("hubble.json", $$$$"""
            {"flow":{"time":"2026-05-12T10:00:00.123456789Z","uuid":"550e8400-e29b-41d4-a716-446655440000","verdict":"FORWARDED","IP":{"source":"10.1.0.1","destination":"10.1.0.2","ipVersion":"IPv4"},"l4":{"TCP":{"source_port":40000,"destination_port":8080,"flags":{"SYN":true}}},"source":{"namespace":"shop","pod_name":"client"},"destination":{"namespace":"shop","pod_name":"{{{{pod}}}}"},"Type":"L3_L4","traffic_direction":"INGRESS","is_reply":false},"node_name":"n"}
            {"flow":{"time":"2026-05-12T10:00:01Z","verdict":"DROPPED","IP":{"source":"10.1.0.2","destination":"9.9.9.9"},"l4":{"UDP":{"source_port":40000,"destination_port":53}},"source":{"namespace":"shop","pod_name":"{{{{pod}}}}"},"destination":{"labels":["reserved:world"]},"traffic_direction":"EGRESS"},"node_name":"n"}
            {"flow":{"time":"2026-05-12T10:00:02Z","verdict":"FORWARDED","IP":{"source":"10.1.0.2","destination":"10.1.0.1"},"l4":{"TCP":{"source_port":8080,"destination_port":40000}},"traffic_direction":"INGRESS","is_reply":true}}
            {"node_status":{"state_change":"NODE_CONNECTED"},"node_name":"n"}
            {"flow":{"time":"2026-05-12T10:00:02Z","verdict":"STRANGE","IP":{"source":"10.1.0.2","destination":"10.1.0.1"},"traffic_direction":"INGRESS"}}
            """);
        var observed = File("netobserv.json", $$"""
            {"SrcAddr":"10.1.0.3","DstAddr":"10.1.0.2","SrcPort":41000,"DstPort":8081,"Proto":6,"FlowDirection":0,"DstK8S_Name":"{{pod}}","DstK8S_Namespace":"shop","DstK8S_Type":"Pod","TimeFlowStartMs":1778580003000,"Packets":3,"Bytes":100,"_RecordType":"flowLog"}
            {"SrcAddr":"10.1.0.2","DstAddr":"10.1.0.3","SrcPort":8081,"DstPort":41000,"Proto":6,"FlowDirection":1,"SrcK8S_Name":"{{pod}}","SrcK8S_Namespace":"shop","SrcK8S_Type":"Pod","TimeFlowStartMs":1778580004000,"Packets":2,"PktDropPackets":2}
            {"SrcAddr":"10.1.0.2","DstAddr":"10.1.0.3","Proto":6,"FlowDirection":7,"TimeFlowStartMs":1778580004000}
            {"_RecordType":"heartbeat"}
            """);

        Assert.Equal((3, 3, 2, 0, 1), await ImportAsync(hubble, "--dialect", "hubble"));
        Assert.Equal((3, 3, 2, 0, 1), await ImportAsync(observed, "--dialect", "netobserv"));
        Assert.Equal((3, 3, 0, 2, 1), await ImportAsync(observed, "--dialect", "netobserv"));

        var rows = await server.Api.GetPodAsync(pod);
        Assert.Equal(
            [
                ("shop", "10.1.0.2", "8081", "TCP", "EGRESS", "10.1.0.3", "0", "DROP", "2026-05-12T10:00:04.000000"),
                ("shop", "10.1.0.2", "8081", "TCP", "INGRESS", "10.1.0.3", "0", "ALLOW", "2026-05-12T10:00:03.000000"),
                ("shop", "10.1.0.2", "0", "UDP", "EGRESS", "9.9.9.9", "53", "DROP", "2026-05-12T10:00:01.000000"),
                ("shop", "10.1.0.2", "8080", "TCP", "INGRESS", "10.1.0.1", "0", "ALLOW", "2026-05-12T10:00:00.123456"),
            ],
            rows.Select(row => (row.PodNamespace, row.PodIp, row.PodPort, row.IpProtocol, row.TrafficType, row.TrafficInOutIp, row.TrafficInOutPort,
                row.Decision, row.TimeStamp)));
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_in_a_line()
    {
        await AssertAsync(2, "there is no file", Path.Combine(_directory.Path, "none"));
        await AssertAsync(2, "--map 'pod=x' must look like", File("a.ndjson", "{}"), "--map", "pod=x");
        await AssertAsync(2, "is none of hubble, netobserv", File("a.ndjson", "{}"), "--dialect", "pcap");
        await AssertAsync(2, "--map is for rows", File("a.ndjson", "{}"), "--dialect", "hubble", "--map", "pod_name=x");
        await AssertAsync(1, "cannot be read to its end", File("a.json", "[{}, {]"));
        await AssertAsync(1, "is not closed", File("a.csv", "uuid,pod_name\n\"1,2\n"));
        await AssertAsync(1, "cannot be read to its end", Bytes("a.zst", [0x28, 0xB5, 0x2F, 0xFD, 0]));
        await AssertAsync(1, "Not an Arrow stream", Bytes("a.arrow", [.. "ARROW1"u8, 0, 0, 1]));
        await AssertAsync(1, "cannot be read to its end", Bytes("a.gz", [.. System.IO.File.ReadAllBytes(Packed("b.gz", new string('{', 10_000)))[..^9]]));

        async Task AssertAsync(int code, string said, params string[] arguments)
        {
            var (exitCode, output, error) = await ServerProgram.RunAsync(
                ["import", .. arguments, "--server", server.Api.Address.ToString(), "--state", State, "--anew"]);
            Assert.True(exitCode == code && output.Length == 0, $"{exitCode}: {output}{error}");
            Assert.Contains(said, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Examples_of_the_help_run()
    {
        var (_, help, _) = await ServerProgram.RunAsync(["import", "--help"]);
        var examples = Regex.Matches(
                help[help.IndexOf("Examples:", StringComparison.Ordinal)..], "^  (.*kguardian-analytics import .*)$", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value).ToArray();
        var event1 = FlowEvent.Of(FlowEvent.NewPod(), 1).ToJson();
        File("flows.ndjson", event1);
        Packed("old.json.gz", $"[{event1}]");
        File("flows.csv", "src_pod,src_ip,dst_ip,dst_port,seen\na,10.0.0.1,10.0.0.2,443,1778580004\n");
        File("hubble", "#!/bin/sh\nexit 0\n");
        Bytes("flows.arrow", ArrowBodies.Of([FlowEvent.Of(FlowEvent.NewPod(), 2)], new ArrowForm()));
        Bytes("old.ndjson.zst", new ZstdSharp.Compressor().Wrap(Encoding.UTF8.GetBytes(event1)).ToArray());
        Directory.CreateDirectory(Path.Combine(_directory.Path, "may"));
        const string Row = "SELECT uuid() AS uuid, 'a' AS pod_name, TIMESTAMP '2026-05-12 10:00:00' AS time_stamp";
        ExportReaders.DuckDb($"COPY ({Row}) TO '{_directory.Path}/may/1.parquet' (FORMAT parquet)");

        Assert.Equal(4, examples.Length);
        foreach (var example in examples)
        {
            var script = example.Replace("kguardian-analytics", ServerProgram.Path, StringComparison.Ordinal)
                .Replace("hubble observe", "sh hubble observe", StringComparison.Ordinal)
                .Replace("http://localhost:9090", server.Api.Address.ToString(), StringComparison.Ordinal);
            var (exitCode, output) = await Command.TryAsync(
                [("KGUARDIAN_SERVER", server.Api.Address.ToString())], "sh", "-c", $"cd {_directory.Path} && {script}");
            Assert.True(exitCode == 0, $"{example}: {output}");
        }
    }

    public void Dispose() => _directory.Dispose();

    private string State => Path.Combine(_directory.Path, "state");

    private string File(string name, string text) => Bytes(name, Encoding.UTF8.GetBytes(text));

    private string Packed(string name, string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return Bytes(name, packed.ToArray());
    }

    private string Bytes(string name, byte[] bytes)
    {
        var path = Path.Combine(_directory.Path, name);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    private async Task<(int ExitCode, int Read, int Stored, int Known, int Rejected)> ImportAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(
            ["import", .. arguments, "--server", server.Api.Address.ToString(), "--state", State, "--json"]);
        Assert.True(output.Length > 0, error);
        var flows = ImportServer.Table(JsonNode.Parse(output)!.AsObject(), "flows");
        Assert.Equal(0, (int)flows["unexplained"]!);
        return (exitCode, (int)flows["read"]!, (int)flows["stored"]!, (int)flows["known_before"]!, (int)flows["rejected"]!);
    }
}
