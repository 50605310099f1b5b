using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>read</c>: pages and the unbounded stream of a server that runs already and holds flows (see <c>seed</c>).</summary>
internal static class ReadCommand
{
    public static int Run(Flags flags)
    {
        var url = new Uri(flags.Text("url", "http://127.0.0.1:9090"));
        var pid = flags.Count("server-pid", 0);
        var requests = flags.Count("requests", 500);
        var streams = flags.Count("streams", 3);
        var pod = flags.Text("pod") ?? IngestCommand.NewFleet(flags.Count("seed", 0), 8).Model.Pods[0].Name;
        var path = flags.Text("path");
        var json = flags.Text("json");
        flags.RejectUnknown();

        var reader = new ReadGenerator(url, new(pid > 0 ? pid : null, null));
        var scenarios = path is null ? ReadOptions.Standard(pod, requests, streams) : [new(path, path, requests, requests / 10)];
        var results = scenarios.Select(reader.Run).ToList();
        Console.Write(ReadReport.Table(results));
        JsonFile.Write(json, "read", results);
        return 0;
    }
}
