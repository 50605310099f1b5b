using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestFramework(typeof(TestKinds))]

namespace KGuardian.Analytics.Tests.Testing;

/// <summary>Gives every test the trait <c>Kind</c>, for filters: Unit, Integration or EndToEnd, as its folder says. Nothing is marked by hand.</summary>
public sealed class TestKinds : XunitTestFramework
{
    public const string Trait = "Kind";

    /// <summary>The kind of a test class: what follows this project's name in its namespace.</summary>
    public static string Of(Type testClass) => testClass.Namespace!["KGuardian.Analytics.Tests.".Length..].Split('.')[0];

    protected override ITestFrameworkDiscoverer CreateDiscoverer(Assembly assembly) =>
        new Discoverer((IXunitTestAssembly)base.CreateDiscoverer(assembly).TestAssembly);

    private sealed class Discoverer(IXunitTestAssembly assembly) : XunitTestFrameworkDiscoverer(assembly)
    {
        protected override ValueTask<bool> FindTestsForMethod(
            IXunitTestMethod testMethod, ITestFrameworkDiscoveryOptions discoveryOptions, Func<ITestCase, ValueTask<bool>> discoveryCallback) =>
            base.FindTestsForMethod(testMethod, discoveryOptions, test =>
            {
                ((XunitTestCase)test).Traits[Trait] = [Of(testMethod.TestClass.Class)];
                return discoveryCallback(test);
            });
    }
}
