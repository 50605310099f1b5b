using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary><c>GET /api/v1/admin/doctor</c>: what is wrong with the store, or will be. Answers also while nothing else does.</summary>
internal static class DoctorApi
{
    public static void MapDoctor(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/admin/doctor", GetAsync).Needs(TokenRole.Admin).Documented(AdministrationDocuments.Doctor);

    private static async Task GetAsync(HttpContext context, StoreDoctor doctor)
    {
        _ = new QueryParameters(context.Request);
        var findings = await doctor.ExamineAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(DoctorReport.Of(findings), DoctorReport.Json, context.RequestAborted);
    }
}
