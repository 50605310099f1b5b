using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace KGuardian.Analytics.Tests.Testing;

/// <summary>The framework's maker of meters, one for each server that a test is to tell from others.</summary>
internal static class Meters
{
    public static IMeterFactory New() => new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
}
