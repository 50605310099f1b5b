using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Tail;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Api;
using KGuardian.Analytics.Server.Api.Administration;
using KGuardian.Analytics.Server.Api.Flows;
using KGuardian.Analytics.Server.Api.Operations;
using KGuardian.Analytics.Server.Api.Reports;
using KGuardian.Analytics.Server.Api.Traffic;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Backups;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Server.OpenApi;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Storage;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Migrations;
using KGuardian.ClickHouse.Node;
using Microsoft.AspNetCore.ResponseCompression;

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
        var host = app.Services.GetRequiredService<AnalyticsHost>();
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
    internal static WebApplication Build(ServerSettings settings, IConfigurationRoot configuration, IReadOnlyList<ClickHouseEndpoint> clickHouse, LocalNode? node)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddConfiguration(configuration);
        ConfigureLogging(builder.Logging, configuration);
        ConfigureKestrel(builder.WebHost, settings.ListenAddress);
        AddEngine(builder.Services, settings, clickHouse, node);
        AddTiers(builder.Services, settings);
        AddHttp(builder.Services, settings);
        var app = builder.Build();
        UsePipeline(app, settings);
        var routes = app.MapGroup("").AnswersHead();
        routes.MapTrafficIngest();
        routes.MapTrafficRead();
        routes.MapFlows();
        routes.MapFlowCounts();
        routes.MapFlowReports();
        routes.MapFlowTail();
        routes.MapFlowRetention();
        routes.MapNetworkTraffic();
        routes.MapAuditEvents();
        routes.MapBackups();
        routes.MapDoctor();
        routes.MapClock();
        routes.MapOperations();
        routes.MapOpenApi();
        return app;
    }

    private static void AddEngine(IServiceCollection services, ServerSettings settings, IReadOnlyList<ClickHouseEndpoint> clickHouse, LocalNode? node)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new TrustedClock(TimeProvider.System, ClockWitness.OfKernel()));
        services.AddSingleton(settings);
        services.AddSingleton(_ => new LocalNodeHandle(node));
        services.AddSingleton(provider => new ClickHouseClient(
            clickHouse, settings.Client with { Settings = FrontSettings(settings) },
            provider.GetRequiredService<ILogger<ClickHouseClient>>()));
        services.AddSingleton(provider => Cluster(provider, settings));
        services.AddSingleton(provider => new StoreReaders(
            provider.GetRequiredService<ClickHouseClient>(), node, settings.Client, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<ClickHouseHealth>();
        services.AddSingleton(provider => new StoreMigrator(
            provider.GetRequiredService<ClickHouseCluster>(), Migration.All(), provider.GetRequiredService<ILoggerFactory>()));
    }

    /// <summary>What questions about all flows need, whatever they are.</summary>
    private static Dictionary<string, string> FrontSettings(ServerSettings settings)
    {
        var front = new Dictionary<string, string>();
        if (settings.Cluster is not null)
        {
            // A part of a question that looks at all shards is answered once and sent to them: flows from before a shard was added are not beside their repeats.
            front["distributed_product_mode"] = "global";
            // Never a part of the answer as if it were all.
            front["skip_unavailable_shards"] = "0";
        }

        if (settings.Query.RowsMayRepeat)
        {
            front["final"] = "1";
            // A row of an expired partition that is still there came first, and would hide the one that came anew: partitions are left out before.
            front["defer_partition_pruning_after_final"] = "0";
        }

        return front;
    }

    private static ClickHouseCluster Cluster(IServiceProvider provider, ServerSettings settings)
    {
        var front = provider.GetRequiredService<ClickHouseClient>();
        if (settings.Cluster is not { } name)
        {
            return ClickHouseCluster.Of(front);
        }

        var own = settings.Client with { Database = settings.Client.Database + ClickHouseCluster.ShardSuffix };
        var log = provider.GetRequiredService<ILogger<ClickHouseClient>>();
        return new ClusterDiscovery(
            name, settings.ClickHouse, endpoints => new ClickHouseClient(endpoints, own, log), provider.GetRequiredService<ILogger<ClusterDiscovery>>())
            .Cluster(front);
    }

    private static void AddTiers(IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton(provider => new StorageTiers(
            settings.Storage, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StorageTiers>>()));
        services.AddSingleton<ClockLog>();
        services.AddSingleton(_ => new RetentionWindow());
        services.AddSingleton(provider => new RetentionPolicy(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<RetentionWindow>(), settings.Retention,
            provider.GetService<IngestTier>() is { } tier ? tier.ForgetExpired : null, settings.SharesStore, provider.GetRequiredService<TrustedClock>(),
            provider.GetRequiredService<ILogger<RetentionPolicy>>()));
        if (settings.Role.HasFlag(ServerRole.Ingest))
        {
            AddIngest(services, settings);
        }

        services.AddSingleton(provider => new TrafficReader(
            provider.GetRequiredService<ClickHouseClient>(), provider.GetRequiredService<RetentionWindow>(), settings.Query));
        // Who only answers questions watches no clock: what it writes down decides nothing.
        services.AddSingleton(provider => new AdminEventLog(
            provider.GetRequiredService<ClickHouseCluster>(),
            settings.Role.HasFlag(ServerRole.Ingest) ? provider.GetRequiredService<TrustedClock>() : provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AdminEventLog>>()));
        services.AddSingleton<AdminEventReader>();
        services.AddSingleton(provider => new FlowReader(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<RetentionWindow>(), settings.Query,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new FlowCounter(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<RetentionWindow>(), settings.Query));
        services.AddSingleton(provider => new FlowPageReader(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<RetentionWindow>(), settings.Query,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new FlowReportReader(
            provider.GetRequiredService<ClickHouseClient>(), provider.GetRequiredService<RetentionWindow>(),
            provider.GetRequiredService<FlowPageReader>(), settings.Query));
        services.AddSingleton(provider => new GroupedReports(
            provider.GetRequiredService<ClickHouseClient>(), provider.GetRequiredService<RetentionWindow>(), settings.Query,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new TrafficEventReader(
            provider.GetRequiredService<ClickHouseClient>(), provider.GetRequiredService<RetentionWindow>(),
            provider.GetRequiredService<FlowPageReader>(), settings.Query));
        services.AddSingleton(provider => new TailReader(provider.GetRequiredService<ClickHouseClient>(), settings.Query));
        services.AddSingleton(provider => new StoreSecrets(provider.GetRequiredService<ClickHouseCluster>()));
        services.AddSingleton(provider => new StoreBackup(
            provider.GetRequiredService<ClickHouseClient>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StoreBackup>>()));
        services.AddSingleton(provider => new BackupCatalog(provider.GetRequiredService<ClickHouseClient>()));
        services.AddSingleton(provider => new BackupInspector(provider.GetRequiredService<ClickHouseClient>(), provider.GetRequiredService<LocalNodeHandle>().Backups));
        services.AddSingleton<BackupRunner>();
        services.AddSingleton(provider => new StoreDoctor(
            provider.GetRequiredService<ClickHouseCluster>(),
            [
                new TokensCheck(provider.GetRequiredService<TokenRing>()),
                .. provider.GetService<IngestTier>() is { } ingest ? new Check[] { new IngestCheck(ingest), new ClockHoldCheck(provider.GetRequiredService<TrustedClock>()) } : [],
                .. provider.GetRequiredService<LocalNodeHandle>().Checks,
            ],
            client => StoreChecks.Of(
                client, provider.GetRequiredService<RetentionWindow>(), ProgramVersion.Text, provider.GetRequiredService<StoreMigrator>().NewestVersion,
                provider.GetRequiredService<TimeProvider>(), [.. provider.GetRequiredService<StoreReaders>().All.Skip(1)],
                provider.GetRequiredService<LocalNodeHandle>().Backups, provider.GetService<IngestTier>()),
            client => StoreChecks.OfServer(
                client, provider.GetRequiredService<RetentionWindow>(), ProgramVersion.Text, provider.GetRequiredService<StoreMigrator>().NewestVersion,
                provider.GetRequiredService<TimeProvider>()),
            provider.GetService<IngestTier>()));
        services.AddSingleton<AnalyticsHost>();
        services.AddHostedService(provider => provider.GetRequiredService<AnalyticsHost>());
    }

    private static void AddIngest(IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(provider => new IngestTier(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<ClickHouseHealth>(), settings.Ingest, settings.Dedup,
            provider.GetRequiredService<RetentionWindow>(), Path.Combine(settings.DataDirectory, "journal"), provider.GetRequiredService<TrustedClock>(),
            provider.GetRequiredService<IngestMetrics>(), provider.GetRequiredService<ILogger<IngestTier>>()));
        services.AddSingleton(provider => new ClockWatch(
            provider.GetRequiredService<TrustedClock>(), new ClockFile(settings.DataDirectory, provider.GetRequiredService<ILogger<ClockFile>>()),
            token => ClickHouseClock.ReadAsync(provider.GetRequiredService<ClickHouseCluster>(), token), provider.GetRequiredService<ClockLog>(),
            provider.GetRequiredService<AdminEventLog>(), provider.GetRequiredService<ILogger<ClockWatch>>()));
        services.AddSingleton(provider => new IngestSessions(
            provider.GetRequiredService<IngestTier>(), settings.Ingest, provider.GetRequiredService<IngestMetrics>()));
    }

    private static void AddHttp(IServiceCollection services, ServerSettings settings)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.ShutdownTimeout);
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<EndpointMetrics>();
        services.AddSingleton<QueryTimes>();
        services.AddSingleton<TokenRing>();
        services.AddSingleton<RefusedTokens>();
        services.AddSingleton<ReadBarrier>();
        services.AddSingleton<RowStreamer>();
        services.AddSingleton<FlowRequests>();
        services.AddSingleton(provider => new TailSlots(settings.Query, provider.GetRequiredService<IHostApplicationLifetime>()));
        services.AddSingleton<FlowTailer>();
        services.AddSingleton<OpenApiDocument>();
        services.AddClientLimits();
        services.AddAnswerCache(settings.Query);
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes = ["application/json", "application/x-ndjson", "text/csv"];
        });
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .AllowAnyOrigin().AllowAnyMethod().AllowAnyHeader().SetPreflightMaxAge(TimeSpan.FromHours(1)).WithExposedHeaders(
                "X-Rejected-Rows", FlowAnswers.RowsRead, FlowAnswers.BytesRead, FlowAnswers.RowsToRead, FlowAnswers.WindowFrom, FlowAnswers.WindowTo,
                FlowAnswers.ResultCut, AnswerCache.Header, "Age", "Retry-After")));
    }

    private static void UsePipeline(WebApplication app, ServerSettings settings)
    {
        // Instruments exist once their listener does; those of reads do not wait for the first one.
        app.Services.GetRequiredService<PrometheusExporter>();
        app.Services.GetRequiredService<EndpointMetrics>();
        app.Services.GetRequiredService<RowStreamer>();
        app.Services.GetRequiredService<TailSlots>();
        app.Services.GetRequiredService<RefusedQueries>();
        app.Services.GetRequiredService<AnswerCache>();
        // One client, one name: on [::] a client of IPv4 comes as ::ffff:10.0.0.1.
        app.Use((context, next) =>
        {
            if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped)
                context.Connection.RemoteIpAddress = mapped.MapToIPv4();
            return next(context);
        });
        app.UseProxies(settings.Http);
        app.UseRouting();
        app.Use(ClientConnection.ServeAsync);
        app.UseCors();
        app.UseMiddleware<ErrorAnswers>();
        // Now, not with the first request: it says when the server is open.
        app.Services.GetRequiredService<TokenRing>();
        app.UseMiddleware<TokenAuthorization>();
        app.UseTiers(settings.Role);

        app.Use(app.Services.GetRequiredService<QueryTimes>().MeasureAsync);
        app.UseResponseCompression();
        app.UseMiddleware<ContentCodings>();
        // Behind authorization, or answers would be everybody's; below compression, so that each client gets its own; before the limits: hits cost nothing.
        app.UseAnswerCache();
        app.UseRateLimiter();
        app.UseStatusCodePages(status => Problems.WriteAsync(
            status.HttpContext, status.HttpContext.Response.StatusCode, "The request cannot be answered", StatusText.Of(status.HttpContext)));
        app.Use(AllowedMethods.TellAsync);
    }

    private static void ConfigureKestrel(ConfigureWebHostBuilder host, IPEndPoint address) =>
        host.ConfigureKestrel(kestrel =>
        {
            // Of both protocols; where the kernel has no IPv6, of IPv4 alone.
            if (address.Address.Equals(IPAddress.IPv6Any))
                kestrel.ListenAnyIP(address.Port, listen => listen.Use(ClientConnection.Watch));
            else
                kestrel.Listen(address, listen => listen.Use(ClientConnection.Watch));
            kestrel.AddServerHeader = false;
            // Settings are small; events, which are not, have a limit of their own.
            kestrel.Limits.MaxRequestBodySize = 64 << 10;
            // Filters of thousands of addresses are part of the address; Kestrel's 8 KiB would answer them without saying why.
            kestrel.Limits.MaxRequestLineSize = 256 << 10;
            // A slow reader of a stream is welcome; a slow body is not, and keeps Kestrel's limit of 240 bytes a second.
            kestrel.Limits.MinResponseDataRate = null;
            // 1 MiB between ClickHouse and the client: with Kestrel's 64 KiB each read waits for the write before it.
            kestrel.Limits.MaxResponseBufferSize = 1 << 20;
        });

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
