using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>micro</c>: the BenchmarkDotNet benchmarks of this assembly; arguments are BenchmarkDotNet's own (<c>--filter '*'</c>).</summary>
internal static class MicroCommand
{
    public static int Run(string[] arguments)
    {
        // In this process: BenchmarkDotNet would else generate a project and restore its packages, under this repository's build settings.
        var config = ManualConfig.Create(DefaultConfig.Instance)
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default);
        BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(arguments, config);
        return 0;
    }
}
