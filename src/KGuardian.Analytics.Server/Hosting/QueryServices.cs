using System.Diagnostics.Metrics;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Audits;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Tail;
using KGuardian.Analytics.Rollups;
using KGuardian.Analytics.Server.Api;
using KGuardian.Analytics.Server.Api.Activity;
using KGuardian.Analytics.Server.Api.Audits;
using KGuardian.Analytics.Server.Api.Flows;
using KGuardian.Analytics.Server.Api.Policies;
using KGuardian.Analytics.Server.Api.Reports;
using KGuardian.Analytics.Server.Api.Topology;
using KGuardian.Analytics.Server.Api.Traffic;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Topology;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>Who answers questions about flows.</summary>
internal static class QueryServices
{
    /// <summary>The readers, and the answers' way out.</summary>
    public static void AddQuery(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings.Query);
        services.AddSingleton(settings.Traffic);
        services.AddSingleton<FlowQueryRunner>();
        services.AddSingleton<BrokerTrafficReader>();
        services.AddSingleton<FlowReader>();
        services.AddSingleton<FlowAggregates>();
        services.AddSingleton<NumberedPageReader>();
        services.AddSingleton<EdgeReader>();
        services.AddSingleton<ObservedFlows>();
        services.AddSingleton<PolicyMetrics>();
        services.AddSingleton<FlowReportReader>();
        services.AddSingleton<GroupedReports>();
        services.AddSingleton<TrafficEventReader>();
        services.AddSingleton<TailReader>();
        services.AddSingleton<TailSlots>();
        services.AddSingleton<FlowTailer>();
        services.AddSingleton<FlowRequests>();
        services.AddSingleton<ReadBarrier>();
        services.AddSingleton<RowStreamer>();
        services.AddSingleton<QueryMetrics>();
        services.AddSingleton<QueryTimes>();
        services.AddSingleton(settings.Topology);
        services.AddSingleton<TopologyMetrics>();
        services.AddSingleton<TopologyReader>();
        services.AddSingleton<TopologyRequests>();
        services.AddSingleton<TopologyAnswers>();
        services.AddSingleton<OwnerTopologyApi>();
        services.AddSingleton<TopologyListsApi>();
        services.AddSingleton<TopologyMapApi>();
        services.AddSingleton<RuntimeFinder>();
        services.AddSingleton<EgressAuditReader>();
        services.AddSingleton<AuditsApi>();
        services.AddSingleton<ActivityReader>();
        services.AddSingleton<ActivityRequests>();
        services.AddSingleton<ActivityEventsApi>();
        services.AddSingleton<ActivitySummaryApi>();
        services.AddSingleton<FlowsApi>();
        services.AddSingleton<FlowTailApi>();
        services.AddSingleton<FlowReportsApi>();
        services.AddSingleton<TrafficReadApi>();
        if (settings.Role.HasFlag(ServerRole.Ingest))
        {
            services.AddSingleton(provider => new RollupBuilder(
                provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<IngestTier>(), settings.Query.HasRollup,
                provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<RollupBuilder>>()));
        }

        services.AddResponseCache(settings.Query, settings.SharesStore);
    }
}
