using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Server.Api.SecureEvents;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Http.Features;

namespace KGuardian.Analytics.Server.Api.Exports;

/// <summary>Schedules of exports: <c>/api/reporting/v1/flows/schedules</c>. Answered by the server that runs them.</summary>
internal sealed class ExportSchedulesApi(AdminEventLog log, SecureEventRequests requests, ExportScheduler? exports = null)
{
    private static readonly ApiParameter<string?> Id =
        new("scheduleId", "The schedule's id.", Parameter.SchemaOf(ApiParameter.LongestText), given => given, absent: null)
        { IsPath = true };

    private static readonly ApiOperation List = new(ApiFamily.Exports, "The schedules, and their files")
    {
        Parameters = [ExportRoutes.Domain],
        Answers = [ApiResponse.Ok("ExportSchedules"), ExportRoutes.Unknown, ExportRoutes.Several],
    };

    private static readonly ApiOperation Create = new(ApiFamily.Exports, "Adds a schedule")
    {
        Text = "Its first window begins now. By arrival (the default) and since the run before, windows follow each other, and each flow is in exactly one "
            + "file, however late its own time is.",
        Parameters = [ExportRoutes.Domain],
        Body = "ExportScheduleOrder",
        Answers =
        [
            new(StatusCodes.Status201Created, "ExportSchedule"), ExportRoutes.Unknown, ExportRoutes.Several,
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status409Conflict, "There are 100 already."),
        ],
    };

    private static readonly ApiOperation Get = new(ApiFamily.Exports, "A schedule, and its files")
    {
        Parameters = [ExportRoutes.Domain, Id],
        Answers = [ApiResponse.Ok("ExportSchedule"), ExportRoutes.Unknown, ExportRoutes.Several],
    };

    private static readonly ApiOperation Replace = new(ApiFamily.Exports, "Replaces what a schedule is")
    {
        Text = "All of it: what is left out is the default. Where it is in the order of arrival stays, and so do its files; members that can only be read are "
            + "ignored. Times that passed while it was disabled are no missed runs: with catchUp=run the next file begins where the last one ended.",
        Parameters = [ExportRoutes.Domain, Id],
        Body = "ExportScheduleOrder",
        Answers = [ApiResponse.Ok("ExportSchedule"), ExportRoutes.Unknown, ExportRoutes.Several],
    };

    private static readonly ApiOperation Delete = new(ApiFamily.Exports, "Deletes a schedule and its files; also one that there is not")
    {
        Parameters = [ExportRoutes.Domain, Id],
        Answers = [ApiResponse.Ok("ExportDeleted"), ExportRoutes.Unknown, ExportRoutes.Several],
    };

    private static readonly ApiOperation Run = new(ApiFamily.Exports, "Runs a schedule now")
    {
        Text = "Its window ends now, and the next one begins where it ended. A run that failed is tried again at once, for the same file.",
        Parameters = [ExportRoutes.Domain, Id],
        Answers =
        [
            new(StatusCodes.Status202Accepted, "ExportRun"), ExportRoutes.Unknown, ExportRoutes.Several,
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status403Forbidden, "It is disabled, or Exports:Enabled is false."),
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status409Conflict, "It runs already, or will within 60 s."),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = "/{scheduleId}";
        var group = routes.MapGroup($"{ExportRoutes.Prefix}/{{domain}}/schedules").OnServer(ServerRole.All);
        var reading = group.MapGroup("").RequireRole(TokenRole.Read);
        reading.MapGet("", (HttpContext context, ExportSchedulesApi api) => api.ListAsync(context)).WithOperation(List);
        reading.MapGet(One, (HttpContext context, ExportSchedulesApi api) => api.GetAsync(context)).WithOperation(Get);
        var writing = group.MapGroup("").RequireRole(TokenRole.Admin);
        writing.MapPost("", (HttpContext context, ExportSchedulesApi api) => api.CreateAsync(context)).WithOperation(Create);
        writing.MapPut(One, (HttpContext context, ExportSchedulesApi api) => api.ReplaceAsync(context)).WithOperation(Replace);
        writing.MapDelete(One, (HttpContext context, ExportSchedulesApi api) => api.DeleteAsync(context)).WithOperation(Delete);
        writing.MapPost($"{One}/run", (HttpContext context, ExportSchedulesApi api) => api.RunAsync(context)).WithOperation(Run);
    }

    private Task ListAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, (_, known) => SecureEventsApi.WriteAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var schedule in known.All)
        {
            ScheduleAnswer.Write(json, schedule, known);
        }

        json.WriteEndArray();
    }));

    private Task GetAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, (parameters, known) =>
        known.Find(parameters.Get(Id)!) is { } found ? WriteAsync(context, found, known) : UnknownAsync(context));

    private Task CreateAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, async (_, known) =>
    {
        var body = await JsonBody.ParseAsync(context.Request, ExportBodies.Example);
        // Flows have their place when they are loaded: what was acknowledged before is before the first window.
        await requests.CatchUpAsync(context);
        if (await ExportBodies.TakeAsync(() => known.CreateAsync(body)) is { } created)
        {
            Record(context, AdminActivity.ScheduleCreated, created);
            context.Response.StatusCode = StatusCodes.Status201Created;
            await WriteAsync(context, created, known);
            return;
        }

        await Problems.WriteAsync(
            context, StatusCodes.Status409Conflict, "Too many schedules",
            $"There are {ExportScheduler.MostSchedules} schedules already: delete one, or change one.");
    });

    private Task ReplaceAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, async (parameters, known) =>
    {
        var id = parameters.Get(Id)!;
        // Before its body is looked at: who asks for what there is not learns that first.
        if (known.Find(id) is null)
        {
            await UnknownAsync(context);
            return;
        }

        var body = await JsonBody.ParseAsync(context.Request, ExportBodies.Example);
        if (await ExportBodies.TakeAsync(() => known.ReplaceAsync(id, body)) is not { } changed)
        {
            await UnknownAsync(context);
            return;
        }

        Record(context, AdminActivity.ScheduleChanged, changed);
        await WriteAsync(context, changed, known);
    });

    private Task DeleteAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, async (parameters, known) =>
    {
        if (await known.DeleteAsync(parameters.Get(Id)!) is { } deleted)
        {
            Record(context, AdminActivity.ScheduleDeleted, deleted);
        }

        await context.Response.WriteAsJsonAsync(new { }, context.RequestAborted);
    });

    private Task RunAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, async (parameters, known) =>
    {
        var id = parameters.Get(Id)!;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true && context.Request.ContentLength != 0)
        {
            await JsonBody.ReadAsync(context.Request, "{}, or no body");
        }

        // What was acknowledged before the order is in the file.
        await requests.CatchUpAsync(context);
        var order = await known.RunAsync(id);
        switch (order.Result)
        {
            case RunResult.Accepted:
                log.Record(
                    AdminActivity.ScheduleRun, Principal.Current(context).Initiator, id, [("name", order.Name!), ("file", order.FileId!)]);
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                await context.Response.WriteAsJsonAsync(new { fileId = order.FileId }, context.RequestAborted);
                break;
            case RunResult.Unknown:
                await UnknownAsync(context);
                break;
            default:
                await Problems.WriteAsync(
                    context, order.Result == RunResult.Disabled ? StatusCodes.Status403Forbidden : StatusCodes.Status409Conflict,
                    "The schedule is not run", $"Schedule '{order.Name}' is not run: {order.Reason}.");
                break;
        }
    });

    private static Task WriteAsync(HttpContext context, ExportSchedule schedule, ExportScheduler known) =>
        SecureEventsApi.WriteAsync(context, json => ScheduleAnswer.Write(json, schedule, known));

    private void Record(HttpContext context, AdminActivity activity, ExportSchedule schedule) => log.Record(
        activity, Principal.Current(context).Initiator, schedule.Id,
        [
            ("name", schedule.Name), ("reportType", schedule.ReportType), ("enabled", schedule.Enabled ? "true" : "false"),
            ("schedule", schedule.Cron is { } cron ? $"{cron} {schedule.TimeZone}" : $"every {schedule.EverySeconds} s"),
        ]);

    private static Task UnknownAsync(HttpContext context) => Problems.WriteAsync(
        context, StatusCodes.Status404NotFound, "There is no such schedule", $"GET {ExportRoutes.Prefix}/flows/schedules lists those that there are.");
}
