using System.Runtime.CompilerServices;
using KGuardian.Analytics.Store;

namespace KGuardian.Analytics.Tests.Testing;

/// <summary>What the program does first: the tests' process uses its parts without its Main.</summary>
internal static class TestRun
{
    [ModuleInitializer]
    public static void Begin() => StoreSettingNames.Use();
}
