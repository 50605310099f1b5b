using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Model;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>sample</c>: prints one batch's body, to look at or to post by hand.</summary>
internal static class SampleCommand
{
    public static int Run(Flags flags)
    {
        var options = new LoadOptions { Connections = 1, Batch = flags.Count("batch", 10), NewShare = flags.Number("new", 1) };
        var fleet = IngestCommand.NewFleet(flags.Count("seed", 0), 1);
        flags.RejectUnknown();

        var batch = fleet.Prepare(0, options, "localhost")[0];
        var random = new FastRandom(1);
        batch.Patch(ref random, (ulong)(options.NewShare * (1UL << 32)), new EventClock());
        using var output = Console.OpenStandardOutput();
        output.Write(batch.Request[batch.BodyStart..]);
        return 0;
    }
}
