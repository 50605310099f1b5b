using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary>What time this server believes, and an administrator's word that its machine's clock is right: <c>/api/v1/admin/clock</c>.</summary>
internal sealed class ClockApi(
    TrustedClock clock, RetentionWindow window, ClockLog log, RetentionPolicy retention, StoreStartup host, ClockWatch watch)
{
    private static readonly ApiParameter<string?> OtherServer = Parameter.Text(
        "server", "Says instead that this other server, one of other_holds, is gone: what it wrote down expires by the days that it wrote.", null);

    private static readonly ApiOperation Clock = new(
        ApiFamily.Administration, "What time this server believes, and why nothing expires when it does not believe its machine's clock")
    {
        Answers = [ApiResponse.Ok("Clock")],
    };

    private static readonly ApiOperation Confirm = new(ApiFamily.Administration, "Says that the machine's clock is right as it is")
    {
        Text = "Days expire by it from now on, and what expires is gone for good. Flows that arrived while it was not believed keep all their days.",
        Parameters = [OtherServer],
        Answers =
        [
            ApiResponse.Ok("Clock"),
            ApiResponse.Error(ApiFamily.Administration, StatusCodes.Status409Conflict, "It was set again meanwhile; nothing was changed."),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/admin/clock", (HttpContext context, ClockApi api) => api.GetAsync(context))
            .OnServer(ServerRole.Ingest).RequireRole(TokenRole.Admin).WithOperation(Clock);
        routes.MapPost("/api/v1/admin/clock/confirm", (HttpContext context, ClockApi api) => api.ConfirmAsync(context))
            .OnServer(ServerRole.Ingest).RequireRole(TokenRole.Admin).WithOperation(Confirm);
    }

    private Task GetAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        return WriteAsync(context);
    }

    private async Task ConfirmAsync(HttpContext context)
    {
        var server = RequestParameters.Of(context).Get(OtherServer);
        if (!host.IsSchemaReady)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, "The clock cannot be confirmed now",
                "The store is not open yet: /health says what it waits for.");
            return;
        }

        if (server is not null)
        {
            if (!await watch.ReleaseAsync(server, Principal.Current(context).Initiator, CancellationToken.None))
            {
                throw new ParameterException(OtherServer.Name, server, "holds nothing", "the id of another server, of other_holds in GET /api/v1/admin/clock");
            }
        }

        // Once begun it is carried out, whether or not the client waits: the audit log must not miss it.
        else if (!await watch.ConfirmAsync(Principal.Current(context).Initiator, CancellationToken.None))
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status409Conflict, "The clock was not confirmed",
                "It was set again meanwhile, or says a time before this program was made: look at it, and confirm it when it stands and is right.");
            return;
        }

        // What the wrong clock held back: done now, not in a second.
        await retention.AdvanceAsync(CancellationToken.None);
        await WriteAsync(context);
    }

    private async Task WriteAsync(HttpContext context)
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
