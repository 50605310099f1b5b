using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.Api.Operations;

/// <summary>Health, metrics and version, documented.</summary>
internal static class OperationsDocuments
{
    public static readonly ApiOperation Health = new(ApiFamily.Operations, "Whether this server can serve")
    {
        IgnoresOthers = true,
        Answers = [ApiAnswer.Ok(null, "text/plain"), new(StatusCodes.Status503ServiceUnavailable, null, "text/plain", "It cannot; the text says why.")],
    };

    public static readonly ApiOperation Metrics = new(ApiFamily.Operations, "Metrics in Prometheus' text format")
    {
        IgnoresOthers = true,
        Answers = [ApiAnswer.Ok(null, "text/plain")],
    };

    public static readonly ApiOperation Version = new(ApiFamily.Operations, "Versions of program, schema and ClickHouse")
    {
        IgnoresOthers = true,
        Answers = [ApiAnswer.Ok("Version")],
    };
}
