using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Tests.Packages;

/// <summary>A test that renders the chart: with the machine's Helm, or with the one that npm has for Linux on x64.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HelmFactAttribute : FactAttribute
{
    /// <param name="programs">What else of the machine's it needs.</param>
    public HelmFactAttribute(params string[] programs)
    {
        if (programs.FirstOrDefault(program => !Command.Exists(program)) is { } missing)
            Skip = $"{missing} is not on PATH";
        if (!Command.Exists("helm") && !(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64))
            Skip = "helm is not on PATH, and npm has it for Linux on x64 only";
    }
}
