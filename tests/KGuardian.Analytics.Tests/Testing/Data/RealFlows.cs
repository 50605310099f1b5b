using System.Text.Json;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>The observed events of <c>tests/data</c>, and what a store has to make of them.</summary>
internal static class RealFlows
{
    public static string Json { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "openshift-flows.json"));

    public static FlowEvent[] Events { get; } = JsonSerializer.Deserialize<FlowEvent[]>(Json)!;

    /// <summary>The first event of each tuple, newest first.</summary>
    public static FlowEvent[] Rows { get; } = FlowEvent.NewestFirst(Events.DistinctBy(row => row.Tuple));
}
