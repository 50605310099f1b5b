using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Verdicts;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>What audit policies make of new flows: read on every server, asked for where flows come in and an evaluator is set.</summary>
internal static class VerdictServices
{
    /// <summary>The reader, and the forwarder where there is one.</summary>
    public static void AddVerdicts(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings.Verdicts);
        services.AddSingleton<VerdictReader>();
        if (!settings.Role.HasFlag(ServerRole.Ingest) || settings.Verdicts.EvaluatorUrl is null)
        {
            return;
        }

        services.AddSingleton<VerdictMetrics>();
        services.AddSingleton(provider => new VerdictLog(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<TrustedClock>(), provider.GetRequiredService<VerdictMetrics>(),
            provider.GetRequiredService<ILogger<VerdictLog>>()));
        services.AddSingleton(provider => new VerdictForwarder(
            settings.Verdicts, provider.GetRequiredService<VerdictLog>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<VerdictMetrics>(), provider.GetRequiredService<ILogger<VerdictForwarder>>()));
    }
}
