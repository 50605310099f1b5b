using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>limits</c>: see <see cref="MachineLimits"/>; <c>suite</c> measures them too, and shows its results as shares of them.</summary>
internal static class LimitsCommand
{
    public static int Run(Flags flags)
    {
        var duration = flags.Seconds("seconds", 5);
        var json = flags.Text("json");
        flags.RejectUnknown();

        var limits = MachineLimits.Over(duration);
        Console.WriteLine($"{MachineInfo.Current}\n");
        Console.WriteLine(LoadReport.Table(limits.IntoNothing));
        Console.Write(LimitsReport.Text(limits));
        JsonFile.Write(json, "limits", limits);
        return 0;
    }
}
