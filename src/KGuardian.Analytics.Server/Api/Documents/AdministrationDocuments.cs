using KGuardian.Analytics.Administration;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.OpenApi;

namespace KGuardian.Analytics.Server.Api.Documents;

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
}
