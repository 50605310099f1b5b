using System.Text;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Server.Api.Operations;

/// <summary><c>/health</c>, <c>/metrics</c>, <c>/version</c> and <c>/api/v1/whoami</c>.</summary>
internal static class OperationsApi
{
    /// <summary>There is no pool that could run dry; existing dashboards show idle/max, so that ClickHouse away looks like an empty pool.</summary>
    private const int PoolMax = 10;

    private static readonly DateTime Started = System.Diagnostics.Process.GetCurrentProcess().StartTime.ToUniversalTime();

    private static readonly ApiOperation Health = new(ApiFamily.Operations, "Whether this server can serve")
    {
        IgnoresOthers = true,
        Answers = [ApiResponse.Ok(null, "text/plain"), new(StatusCodes.Status503ServiceUnavailable, null, "text/plain", "It cannot; the text says why.")],
    };

    private static readonly ApiOperation Metrics = new(ApiFamily.Operations, "Metrics in Prometheus' text format")
    {
        IgnoresOthers = true,
        Answers = [ApiResponse.Ok(null, "text/plain")],
    };

    private static readonly ApiOperation Version = new(ApiFamily.Operations, "Versions of program, schema and ClickHouse")
    {
        IgnoresOthers = true,
        Answers = [ApiResponse.Ok("Version")],
    };

    private static readonly ApiOperation WhoAmI = new(ApiFamily.Operations, "Who a token is, and what it may do")
    {
        Answers = [ApiResponse.Ok("WhoAmI")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", GetHealthAsync).RequireRole(TokenRole.None).WithOperation(Health);
        routes.MapGet("/metrics", GetMetricsAsync).RequireRole(TokenRole.None).WithOperation(Metrics);
        routes.MapGet("/api/v1/whoami", (Delegate)GetWhoAmIAsync).RequireRole(TokenRole.Read).WithOperation(WhoAmI);
        routes.MapGet("/version", GetVersionAsync).RequireRole(TokenRole.Read).WithOperation(Version);
    }

    private static async Task GetHealthAsync(HttpContext context, StoreStartup host)
    {
        var problem = await host.FindProblemAsync(context.RequestAborted);
        context.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(problem ?? Details(host), context.RequestAborted);
    }

    /// <summary>It works, and what is to be seen to all the same.</summary>
    private static string Details(StoreStartup host)
    {
        var text = "Healthy!";
        text += host.AwayEndpoints is { } away ? $" But these addresses of ClickHouse are away: {away}" : "";
        return text + (host.RetentionHeld is { } held ? $" But nothing expires, the clock is not believed: {held}" : "");
    }

    private static async Task GetMetricsAsync(HttpContext context, StoreStartup host, PrometheusExporter exporter, TimeProvider clock)
    {
        var reachable = host.IsReachable;
        var verdicts = context.RequestServices.GetService<VerdictForwarder>();
        var permits = verdicts?.FreePermits ?? context.RequestServices.GetRequiredService<VerdictOptions>().MaxInFlight;
        var text = new StringBuilder(16 << 10);
        Gauge("broker_db_schema_ready", "1 if the schema is the one that this server knows", host.IsSchemaReady ? 1 : 0);
        Gauge("broker_db_reachable", "1 if ClickHouse answers", reachable ? 1 : 0);
        Gauge("broker_audit_enabled", "1 if flows are sent to a policy evaluator", verdicts is null ? 0 : 1);
        Gauge("broker_audit_inflight_available", "Free permits for evaluator calls", permits);
        PrometheusExporter.Sample(text, "broker_audit_dropped_total", "counter", "Evaluator calls that were shed", verdicts?.Shed ?? 0);
        Gauge(
            "broker_db_pool_idle", "Connections that a request could have at once: all while ClickHouse answers, none while it is away",
            reachable ? PoolMax : 0);
        Gauge("broker_db_pool_max", "Upper end of broker_db_pool_idle", PoolMax);
        Gauge("broker_uptime_seconds", "Seconds since this process started", Math.Floor((clock.GetUtcNow().UtcDateTime - Started).TotalSeconds));
        text.Append(exporter.Write());
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(text.ToString(), context.RequestAborted);

        void Gauge(string name, string help, double value) => PrometheusExporter.Sample(text, name, "gauge", help, value);
    }

    private static Task GetWhoAmIAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        var principal = Principal.Current(context);
        var roles = new[] { TokenRole.Ingest, TokenRole.Read, TokenRole.Admin }.Where(role => principal.Roles.HasFlag(role)).Select(Principal.RoleText);
        return context.Response.WriteAsJsonAsync(new { name = principal.Name, roles }, context.RequestAborted);
    }

    private static Task GetVersionAsync(HttpContext context, StoreStartup host) =>
        context.Response.WriteAsJsonAsync(
            new
            {
                version = ProgramVersion.Text,
                chart_version = Environment.GetEnvironmentVariable("CHART_VERSION"),
                schema_version = StoreSchema.Migrations[^1].Version,
                clickhouse_version = host.ClickHouseVersion,
            },
            context.RequestAborted);
}
