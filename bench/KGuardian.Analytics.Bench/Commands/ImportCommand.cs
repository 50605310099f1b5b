using System.Diagnostics;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>import</c>: a PostgreSQL broker full of rows comes over through <c>kguardian-analytics import postgres</c>, and once more.</summary>
internal static class ImportCommand
{
    private const string Schema = """
        CREATE TABLE pod_traffic (
            uuid varchar PRIMARY KEY, pod_name varchar, pod_namespace varchar, pod_ip varchar, pod_port varchar, ip_protocol varchar, traffic_type varchar,
            traffic_in_out_ip varchar, traffic_in_out_port varchar, decision varchar, time_stamp timestamp NOT NULL)
        """;

    public static int Run(Flags flags)
    {
        var rows = flags.Count("rows", flags.Has("smoke") ? 20_000 : 2_000_000);
        flags.RejectUnknown();
        using var postgres = new PostgresServer();
        using var target = new AnalyticsTarget();
        // One row in fifty is a flow that is there already, as the broker stored it under concurrency.
        var duplicates = rows / 50;
        var flows = rows - duplicates;
        postgres.Execute(Schema);
        postgres.Execute($"""
            INSERT INTO pod_traffic SELECT gen_random_uuid()::text, 'pod-' || i % 5000, 'namespace-' || i % 100, '10.' || i % 5000 / 250 || '.0.' || i % 250,
                CASE i % 2 WHEN 0 THEN '8080' ELSE '0' END, CASE i % 10 WHEN 0 THEN 'UDP' ELSE 'TCP' END, CASE i % 2 WHEN 0 THEN 'INGRESS' ELSE 'EGRESS' END,
                '10.200.' || i / 5000 / 250 || '.' || i / 5000 % 250, CASE i % 2 WHEN 0 THEN '0' ELSE '443' END, CASE i % 20 WHEN 0 THEN 'DROP' ELSE 'ALLOW' END,
                timestamp '2026-01-01' + (random() * 30) * interval '1 day' FROM generate_series(1, {flows}) i
            """);
        postgres.Execute($"""
            INSERT INTO pod_traffic SELECT gen_random_uuid()::text, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip,
                traffic_in_out_port, decision, time_stamp + interval '1 minute' FROM pod_traffic LIMIT {duplicates}
            """);
        postgres.Execute("VACUUM ANALYZE pod_traffic");
        Console.WriteLine($"{MachineInfo.Current}\n");
        var isRight = Import("first", postgres, target, rows, stored: flows, duplicates) & Import("again", postgres, target, rows, stored: 0, duplicates);
        return isRight ? 0 : 1;
    }

    private static bool Import(string name, PostgresServer postgres, AnalyticsTarget target, long rows, long stored, long duplicates)
    {
        var directory = Directory.CreateTempSubdirectory("kguardian-bench-import-");
        try
        {
            var server = target.Probe.Pid!.Value;
            int[] nodes = [.. ProcessStatus.Descendants(server)];
            double Cpu(IEnumerable<int> processes) => processes.Sum(ProcessStatus.CpuSeconds);
            ProcessStatus.ResetPeak(server);
            // Its connections' processes are children of PostgreSQL's.
            double DatabaseCpu() => Cpu(ProcessStatus.Descendants(postgres.Id));
            var before = (Server: ProcessStatus.CpuSeconds(server), Store: Cpu(nodes), Database: DatabaseCpu());
            var machine = ProcessStatus.MachineCpuSeconds();
            var started = Stopwatch.GetTimestamp();
            using var verb = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, AnalyticsTarget.Executable),
            [
                "import", "postgres", "--from", postgres.ConnectionString, "--server", target.Url.ToString(), "--state",
                Path.Combine(directory.FullName, "state"), "--json",
            ])
            { RedirectStandardOutput = true })!;
            var output = verb.StandardOutput.ReadToEndAsync();
            var (cpu, peak, database) = (0.0, 0L, 0.0);
            while (!verb.WaitForExit(50))
            {
                (cpu, peak) = (ProcessStatus.CpuSeconds(verb.Id), Math.Max(peak, ProcessStatus.PeakResidentBytes(verb.Id)));
                database = Math.Max(database, DatabaseCpu() - before.Database);
            }

            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var flows = JsonNode.Parse(output.GetAwaiter().GetResult())!["tables"]!.AsArray().Single(table => (string)table!["table"]! == "flows")!;
            var (serverCpu, storeCpu) = (ProcessStatus.CpuSeconds(server) - before.Server, Cpu(nodes) - before.Store);
            Console.WriteLine(
                $"{name}: {rows:N0} rows in {seconds:0.0} s, {rows / seconds:N0} rows/s; CPU s: verb {cpu:0.0}, server {serverCpu:0.0}, "
                + $"its node {storeCpu:0.0}, PostgreSQL {database:0.0}, everything {ProcessStatus.MachineCpuSeconds() - machine:0.0}; "
                + $"peak memory: verb {peak / 1e6:0} MB, server {ProcessStatus.PeakResidentBytes(server) / 1e6:0} MB; "
                + $"load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}; exit code {verb.ExitCode}");
            return verb.ExitCode == 0 && (long)flows["stored"]! == stored && (long)flows["duplicates"]! == duplicates && (long)flows["unexplained"]! == 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
