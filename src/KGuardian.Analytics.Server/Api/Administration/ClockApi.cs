using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Startup;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary>What time this server believes, and an administrator's word that its machine's clock is right: <c>/api/v1/admin/clock</c>.</summary>
internal static class ClockApi
{
    public static void MapClock(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/admin/clock", GetAsync).OnTier(ServerRole.Ingest).Needs(TokenRole.Admin).Documented(AdministrationDocuments.Clock);
        routes.MapPost("/api/v1/admin/clock/confirm", ConfirmAsync).OnTier(ServerRole.Ingest).Needs(TokenRole.Admin).Documented(AdministrationDocuments.ConfirmClock);
    }

    private static Task GetAsync(HttpContext context, TrustedClock clock, RetentionWindow window, ClockLog log)
    {
        _ = new QueryParameters(context.Request);
        return WriteAsync(context, clock, window, log);
    }

    private static async Task ConfirmAsync(
        HttpContext context, TrustedClock clock, RetentionWindow window, ClockLog log, RetentionPolicy retention, AnalyticsHost host,
        [FromServices] ClockWatch? watch)
    {
        var server = new QueryParameters(context.Request).Text("server");
        if (!host.IsSchemaReady)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, "The clock cannot be confirmed now", "The store is not open yet: /health says what it waits for.");
            return;
        }

        if (server is not null)
        {
            if (!await watch!.ReleaseAsync(server, Principal.Current(context).Initiator, CancellationToken.None))
            {
                throw new ParameterException("server", server, "holds nothing", "the id of another server, of other_holds in GET /api/v1/admin/clock");
            }
        }

        // Once begun it is carried out, whether or not the client waits: the audit log must not miss it.
        else if (!await watch!.ConfirmAsync(Principal.Current(context).Initiator, CancellationToken.None))
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status409Conflict, "The clock was not confirmed", "It was set again meanwhile, or says a time before this program was made: look at it, and confirm it when it stands and is right.");
            return;
        }

        // What the wrong clock held back: done now, not in a second.
        await retention.AdvanceAsync(CancellationToken.None);
        await WriteAsync(context, clock, window, log);
    }

    private static async Task WriteAsync(HttpContext context, TrustedClock clock, RetentionWindow window, ClockLog log)
    {
        var hold = clock.Hold;
        var others = (await log.ReadHoldsAsync(context.RequestAborted)).Where(row => row.Server != clock.Server);
        await context.Response.WriteAsJsonAsync(
            new
            {
                machine_time = clock.MachineTime.UtcDateTime,
                believed_time = clock.GetUtcNow().UtcDateTime,
                difference_seconds = Math.Round(clock.Difference.TotalSeconds, 3),
                held = hold is not null,
                reason = hold?.Reason,
                held_since = hold?.Since.UtcDateTime,
                oldest_day = window.OldestDay,
                server = clock.Server,
                other_holds = others.Select(row => new { server = row.Server, since = DateTimeOffset.FromUnixTimeSeconds(row.From).UtcDateTime }),
            },
            context.RequestAborted);
    }
}
