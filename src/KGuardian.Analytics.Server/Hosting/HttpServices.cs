using KGuardian.Analytics.Server.Api;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Server.OpenApi;
using KGuardian.Analytics.Server.Settings;
using Microsoft.AspNetCore.ResponseCompression;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>What every route goes through.</summary>
internal static class HttpServices
{
    /// <summary>Limits, codings, metrics, the document.</summary>
    public static void AddHttp(this IServiceCollection services, ServerSettings settings)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.ShutdownTimeout);
        services.AddSingleton<PrometheusExporter>();
        ApiDocument.Register(services);
        services.AddClientLimits();
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes = ["application/json", "application/x-ndjson", "text/csv"];
        });
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .AllowAnyOrigin().AllowAnyMethod().AllowAnyHeader().SetPreflightMaxAge(TimeSpan.FromHours(1)).WithExposedHeaders(
                "X-Rejected-Rows", FlowResponses.RowsRead, FlowResponses.BytesRead, FlowResponses.RowsToRead, FlowResponses.WindowFrom, FlowResponses.WindowTo,
                FlowResponses.ResultCut, ResponseCache.Header, "Age", "ETag", "Retry-After")));
    }
}
