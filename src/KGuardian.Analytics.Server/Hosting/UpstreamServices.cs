using KGuardian.Analytics.Server.Api;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Upstream;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>The old broker, which gets what is accepted here while a cluster moves over.</summary>
internal static class UpstreamServices
{
    /// <summary>Its tee, where there is one and this server accepts posts.</summary>
    public static void AddUpstream(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton<AcceptedPosts>();
        if (!settings.Role.HasFlag(ServerRole.Ingest) || settings.Upstream.BrokerUrl is null)
        {
            return;
        }

        services.AddSingleton(settings.Upstream);
        services.AddSingleton<BrokerClient>();
        services.AddSingleton<BrokerTee>();
        services.AddSingleton<BrokerCheck>();
    }
}
