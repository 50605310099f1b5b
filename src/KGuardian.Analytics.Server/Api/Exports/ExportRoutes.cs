using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Exports;

/// <summary>What the routes below <c>/api/reporting/v1</c> have in common.</summary>
internal static class ExportRoutes
{
    /// <summary>What all of them begin with.</summary>
    public const string Prefix = "/api/reporting/v1";

    /// <summary>The only domain: others are of data that is not here.</summary>
    public const string FlowDomain = "flows";

    /// <summary>Of which data.</summary>
    public static readonly ApiParameter<string?> Domain = new(
        "domain", "The domain of data: flows.", Parameter.SchemaOf(ApiParameter.LongestText), given => given, absent: null)
    { IsPath = true, Example = FlowDomain };

    /// <summary>The answer where there is nothing of what the path names.</summary>
    public static readonly ApiResponse Unknown = ApiResponse.Error(
        ApiFamily.Exports, StatusCodes.Status404NotFound, "There is none of this id, or no such domain: the only one is flows.");

    /// <summary>The answer where several servers take flows in.</summary>
    public static readonly ApiResponse Several = ApiResponse.Error(
        ApiFamily.Exports, StatusCodes.Status501NotImplemented, "Ingest:Servers = several: no server knows the order of all flows.");

    /// <summary>Whether a request's domain is the one that there is; else it is answered.</summary>
    public static async Task<bool> HasDomainAsync(HttpContext context, RequestParameters parameters)
    {
        if (parameters.Get(Domain) == FlowDomain)
        {
            return true;
        }

        await Problems.WriteAsync(
            context, StatusCodes.Status404NotFound, "There is no such domain",
            $"There are no reports of the domain '{parameters.Get(Domain)}': the only domain here is {FlowDomain}.");
        return false;
    }

    /// <summary>Runs a route that needs schedules, where there are any; else the request is answered.</summary>
    public static async Task WithAsync(HttpContext context, ExportScheduler? exports, Func<RequestParameters, ExportScheduler, Task> act)
    {
        var parameters = RequestParameters.Of(context);
        if (!await HasDomainAsync(context, parameters))
        {
            return;
        }

        if (exports is not null)
        {
            await act(parameters, exports);
            return;
        }

        await Problems.WriteAsync(
            context, StatusCodes.Status501NotImplemented, "Flows of several ingest servers cannot be exported by schedule",
            "Each knows the order of its own flows only, so some could be passed over: it needs Ingest:Servers = one.");
    }
}
