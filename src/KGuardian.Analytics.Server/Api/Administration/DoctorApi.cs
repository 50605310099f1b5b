using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary><c>GET /api/v1/admin/doctor</c>: what is wrong with the store, or will be. Answers also while nothing else does.</summary>
internal static class DoctorApi
{
    private static readonly ApiOperation Doctor = new(ApiFamily.Administration, "What is wrong with the store or will be, and what to do")
    {
        Text = "Answered within two seconds, also while the server is not ready.",
        Answers = [ApiResponse.Ok("DoctorReport")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/admin/doctor", GetAsync).RequireRole(TokenRole.Admin).WithOperation(Doctor);

    private static async Task GetAsync(HttpContext context, StoreDoctor doctor)
    {
        RequestParameters.RefuseAll(context);
        var findings = await doctor.ExamineAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(DoctorReport.Of(findings), DoctorReport.Json, context.RequestAborted);
    }
}
