using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary>Retention, clearing and the audit log, documented.</summary>
internal static class AdministrationDocuments
{
    private static readonly ApiParameter DryRun = ApiParameter.Integer(
        "dry_run", "Answers what would go if so many days were kept; nothing is changed.", 1, RetentionPolicy.MaxDays, null, 7);

    public static readonly ApiOperation GetRetention = new(ApiFamily.FlowReports, "How many days flows are kept")
    {
        Parameters = [DryRun],
        Answers = [ApiAnswer.Ok("RetentionResult")],
    };

    public static readonly ApiOperation PutRetention = new(ApiFamily.FlowReports, "Changes how many days flows are kept")
    {
        Text = "What that leaves behind goes at once.",
        Parameters = [DryRun],
        Body = "Retention",
        Answers = [ApiAnswer.Ok("RetentionChange")],
    };

    public static readonly ApiOperation Clear = new(ApiFamily.FlowReports, "Clears all flows") { Answers = [ApiAnswer.Ok("Done")] };

    public static readonly ApiOperation Audit = new(ApiFamily.Events, "Who did what to this store, newest first")
    {
        Parameters = [ApiParameter.Integer("limit", "Most events.", 1, AdminEventReader.MaxEvents, AuditEventsApi.DefaultLimit, 10)],
        Answers = [ApiAnswer.Ok("AuditEvents")],
    };

    public static readonly ApiOperation Backups = new(ApiFamily.Administration, "The backups that were made, newest first, and the one that runs")
    {
        Answers = [ApiAnswer.Ok("Backups")],
    };

    public static readonly ApiOperation Backup = new(ApiFamily.Administration, "Begins a backup")
    {
        Text = "It has everything that was acknowledged before, and is made in the background. It builds on the last one at the same place, unless full says otherwise.",
        Body = "BackupOrder",
        Answers =
        [
            new(StatusCodes.Status202Accepted, "BackupJob", Text: "It has begun."),
            new(StatusCodes.Status409Conflict, "Problem", "application/problem+json", "Another one runs."),
        ],
    };

    public static readonly ApiOperation Clock = new(ApiFamily.Administration, "What time this server believes, and why nothing expires when it does not believe its machine's clock")
    {
        Answers = [ApiAnswer.Ok("Clock")],
    };

    public static readonly ApiOperation ConfirmClock = new(ApiFamily.Administration, "Says that the machine's clock is right as it is")
    {
        Text = "Days expire by it from now on, and what expires is gone for good. Flows that arrived while it was not believed keep all their days.",
        Parameters = [ApiParameter.Free("server", "Says instead that this other server, one of other_holds, is gone: what it wrote down expires by the days that it wrote.", null)],
        Answers =
        [
            ApiAnswer.Ok("Clock"),
            new(StatusCodes.Status409Conflict, "Problem", "application/problem+json", "It was set again meanwhile; nothing was changed."),
        ],
    };

    public static readonly ApiOperation CheckBackups = new(ApiFamily.Administration, "Looks whether the backups that were made are there")
    {
        Text = "Each is opened, with all that it builds on, and its manifest compared with what was backed up. Nothing is changed. What needs keys is looked at when to names its place with them.",
        Body = "BackupPlace",
        Answers = [ApiAnswer.Ok("CheckedBackups")],
    };

    public static readonly ApiOperation Doctor = new(ApiFamily.Administration, "What is wrong with the store or will be, and what to do")
    {
        Text = "Answered within two seconds, also while the server is not ready.",
        Answers = [ApiAnswer.Ok("DoctorReport")],
    };
}
