using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Prometheus;

/// <summary>Prometheus' own grammar, as its web console has it: promtool is no package that tests could fetch.</summary>
internal static class PromQl
{
    /// <summary>The metrics that each expression names; fails at one that cannot be parsed.</summary>
    public static async Task<string[][]> MetricsAsync(IReadOnlyList<string> expressions) =>
        JsonSerializer.Deserialize<string[][]>(await NpmTool.RunAsync("promql.js", JsonSerializer.Serialize(expressions)))!;
}
