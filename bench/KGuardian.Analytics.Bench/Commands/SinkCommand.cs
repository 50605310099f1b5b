using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>sink</c>: see <see cref="SinkServer"/>; to be loaded with <c>ingest --new 1</c>.</summary>
internal static class SinkCommand
{
    public static int Run(Flags flags)
    {
        var port = flags.Count("port", 9099);
        var batch = flags.Count("batch", 100);
        flags.RejectUnknown();

        using var sink = new SinkServer(port, batch);
        Console.WriteLine($"Now listening on: http://127.0.0.1:{sink.Port}");
        Console.WriteLine($"Every request has {batch} new flows. Ctrl+C ends it.");
        sink.Run();
        return 0;
    }
}
