using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary><c>GET /api/events/audit</c>: who did what to this store, newest first; the newest 1,000 unless <c>limit</c> says otherwise.</summary>
internal static partial class AuditEventsApi
{
    private static readonly IntegerParameter Limit = Parameter.Integer("limit", "Most events.", 1, AdminEventReader.MaxEvents, 1000, 10);

    private static readonly ApiOperation Audit = new(ApiFamily.Events, "Who did what to this store, newest first")
    {
        Parameters = [Limit],
        Answers = [ApiResponse.Ok("AuditEvents")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/events/audit", GetAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Admin).WithOperation(Audit);

    private static async Task GetAsync(HttpContext context, AdminEventLog log, AdminEventReader reader, ILogger<AdminEventReader> logger)
    {
        var limit = RequestParameters.Of(context).Get(Limit);
        try
        {
            // What was done before the call is in the answer.
            await log.FlushAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is ClickHouseException or StoreNotReadyException)
        {
            LogStale(logger, e.Message);
        }

        var events = await reader.NewestAsync(limit, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(
            events.Select(row => new
            {
                id = row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
                timestamp = row.Time,
                activity = row.Activity,
                activity_code = row.ActivityCode,
                initiator_id = row.InitiatorId,
                initiator_name = row.InitiatorName,
                // Tokens have no mail address.
                initiator_email = "",
                target_id = row.TargetId,
                meta = row.Meta,
            }),
            context.RequestAborted);
    }

    [LoggerMessage(1441, LogLevel.Warning, "The audit log is read without the newest events: {Reason}")]
    private static partial void LogStale(ILogger logger, string reason);
}
