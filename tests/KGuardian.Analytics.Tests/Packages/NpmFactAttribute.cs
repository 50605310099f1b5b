using KGuardian.Analytics.Tests.Server;

namespace KGuardian.Analytics.Tests.Packages;

/// <summary>A test that needs optional packages of tests/npm; skipped, with the reason, where npm could not fetch one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute(params string[] packages) => Skip = NpmTool.Missing(packages);
}
