namespace KGuardian.Analytics.Tests.Packages;

/// <summary>A test that needs programs of the machine; skipped, with the reason, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(params string[] programs)
    {
        if (programs.FirstOrDefault(program => !Command.Exists(program)) is { } missing)
            Skip = $"{missing} is not on PATH";
    }
}
