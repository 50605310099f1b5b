using KGuardian.Analytics.Tests.Packages;

namespace KGuardian.Analytics.Tests.Faults;

/// <summary>A test that becomes other users or changes what only root may; skipped, with the reason, where it is not root or a program is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal class RootFactAttribute : FactAttribute
{
    /// <param name="programs">What it runs.</param>
    public RootFactAttribute(params string[] programs) =>
        Skip = !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "this needs root on Linux"
            : programs.FirstOrDefault(program => !Command.Exists(program)) is { } missing ? $"{missing} is not on PATH"
            : null;
}
