using System.Net.Sockets;
using KGuardian.Analytics.Server.Api.Activity;
using KGuardian.Analytics.Server.Api.Administration;
using KGuardian.Analytics.Server.Api.Audits;
using KGuardian.Analytics.Server.Api.Exports;
using KGuardian.Analytics.Server.Api.Flows;
using KGuardian.Analytics.Server.Api.Forwarding;
using KGuardian.Analytics.Server.Api.Import;
using KGuardian.Analytics.Server.Api.Inventory;
using KGuardian.Analytics.Server.Api.Operations;
using KGuardian.Analytics.Server.Api.Policies;
using KGuardian.Analytics.Server.Api.Reports;
using KGuardian.Analytics.Server.Api.SecureEvents;
using KGuardian.Analytics.Server.Api.Topology;
using KGuardian.Analytics.Server.Api.Traffic;
using KGuardian.Analytics.Server.Api.Verdicts;
using KGuardian.Analytics.Server.Api.Views;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.OpenApi;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>The server, wired by hand: engine, tiers, HTTP pipeline, routes.</summary>
internal static class AnalyticsServer
{
    /// <summary>Runs until the process is told to end; returns the exit code.</summary>
    /// <exception cref="SettingsException">The address cannot be listened on.</exception>
    /// <exception cref="LocalNodeException">The local node cannot be started, or the data directory is another server's.</exception>
    public static async Task<int> RunAsync(ServerSettings settings, IConfigurationRoot configuration)
    {
        using var logging = LoggerFactory.Create(log => ConfigureLogging(log, configuration));
        var data = CreateDataDirectory(settings);
        // The local node takes this lock itself.
        using var held = settings.HasLocalNode ? null : DataDirectoryLock.Acquire(data);
        await using var node = settings.HasLocalNode ? new LocalNode(settings.Node, logging.CreateLogger<LocalNode>()) : null;
        if (node is not null)
        {
            await node.StartAsync(CancellationToken.None);
        }

        await using var app = Build(settings, configuration, node is null ? settings.ClickHouse : [node.Endpoint], node);
        var host = app.Services.GetRequiredService<StoreStartup>();
        await StartAsync(app, settings);
        // For commands on this machine.
        using var address = ServerAddress.Write(data, app.Urls);
        await app.WaitForShutdownAsync();
        return host.ExitCode;
    }

    private static string CreateDataDirectory(ServerSettings settings)
    {
        try
        {
            return PrivateFiles.OpenDataDirectory(settings.DataDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException("KGUARDIAN_DATA_DIR", settings.DataDirectory, $"it must be a directory that can be written: {e.Message}");
        }
    }

    private static async Task StartAsync(WebApplication app, ServerSettings settings)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The tiers have started already.
            await app.StopAsync();
            throw new SettingsException("LISTEN_ADDR", settings.ListenAddress.ToString(), $"it cannot be listened on: {e.Message}");
        }
    }

    /// <summary>The whole server, not started.</summary>
    internal static WebApplication Build(
        ServerSettings settings, IConfigurationRoot configuration, IReadOnlyList<ClickHouseEndpoint> clickHouse, LocalNode? node)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddConfiguration(configuration);
        ConfigureLogging(builder.Logging, configuration);
        builder.WebHost.ListenOn(settings.ListenAddress);
        builder.Services.AddClickHouse(settings, clickHouse, node);
        builder.Services.AddStore(settings);
        builder.Services.AddIngest(settings);
        builder.Services.AddQuery(settings);
        builder.Services.AddInventory(settings);
        builder.Services.AddVerdicts(settings);
        builder.Services.AddEvents(settings);
        builder.Services.AddUpstream(settings);
        builder.Services.AddForwarding(settings);
        builder.Services.AddExports(settings);
        builder.Services.AddAdministration();
        builder.Services.AddAuth(settings);
        builder.Services.AddHttp(settings);
        var app = builder.Build();
        app.UsePipeline(settings);
        var routes = app.MapGroup("").AnswersHead();
        TrafficIngestApi.Map(routes);
        TrafficReadApi.Map(routes);
        PodPostsApi.Map(routes);
        PodReadsApi.Map(routes, app.Services.GetRequiredService<AnonymousNetworks>());
        ServicesApi.Map(routes);
        SyscallsApi.Map(routes);
        AddressOwnersApi.Map(routes);
        NodeFactsApi.Map(routes);
        VerdictsApi.Map(routes);
        FlowsApi.Map(routes);
        FlowIngestApi.Map(routes);
        FlowCountsApi.Map(routes);
        FlowFieldsApi.Map(routes);
        PolicyReplayApi.Map(routes);
        PolicyProposalApi.Map(routes);
        NetworkSecurityApi.Map(routes);
        PolicyOverlayApi.Map(routes);
        EdgeChangesApi.Map(routes);
        FlowReportsApi.Map(routes);
        TopologyListsApi.Map(routes);
        OwnerTopologyApi.Map(routes);
        TopologyMapApi.Map(routes);
        SecureEventsApi.Map(routes);
        SecureEventCountsApi.Map(routes);
        AuditsApi.Map(routes);
        ActivityEventsApi.Map(routes);
        ActivitySummaryApi.Map(routes);
        FlowTailApi.Map(routes);
        ForwardingApi.Map(routes);
        ExportConfigApi.Map(routes);
        ExportSchedulesApi.Map(routes);
        ExportFilesApi.Map(routes);
        ViewsApi.Map(routes);
        FlowRetentionApi.Map(routes);
        NetworkTrafficApi.Map(routes);
        AuditEventsApi.Map(routes);
        BackupsApi.Map(routes);
        DoctorApi.Map(routes);
        ClockApi.Map(routes);
        TokensApi.Map(routes);
        ImportApi.Map(routes);
        OperationsApi.Map(routes);
        OpenApiRoutes.Map(routes);
        return app;
    }

    private static void ConfigureLogging(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.ClearProviders();
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
    }
}
