using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Running;
using KGuardian.Analytics.Bench.Micro;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>micro</c>: the BenchmarkDotNet benchmarks of this assembly; arguments are BenchmarkDotNet's own (<c>--filter '*' --job medium</c>).</summary>
internal static class MicroCommand
{
    public static int Run(string[] arguments)
    {
        // In this process: BenchmarkDotNet would else generate a project and restore its packages, under this repository's build settings.
        var config = ManualConfig.Create(DefaultConfig.Instance).AddDiagnoser(MemoryDiagnoser.Default).AddColumn(new BodySpeedColumn());
        string[] job = arguments.Contains("--job") ? [] : ["--job", "short"];
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run([.. arguments, .. job, "--inProcess"], config);
        return summaries.All(summary => summary.Reports.All(report => report.Success)) ? 0 : 1;
    }
}
