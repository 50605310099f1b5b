using System.Reflection;

namespace KGuardian.Analytics.Server.Startup;

/// <summary>This program's version.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
