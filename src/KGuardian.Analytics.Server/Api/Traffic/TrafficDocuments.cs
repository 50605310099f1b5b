using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary>The broker's routes, documented.</summary>
internal static class TrafficDocuments
{
    public static readonly ApiOperation PostBatch = new(ApiFamily.Traffic, "Takes events in")
    {
        Text = "Answers how many flows they made new. Events that cannot be stored do not keep others from it: X-Rejected-Rows says how many.",
        IgnoresOthers = true,
        Body = "Events",
        Answers = [ApiAnswer.Ok("NewFlows"), TooLarge, NotTaken],
    };

    public static readonly ApiOperation PostOne = new(ApiFamily.Traffic, "Takes one event in")
    {
        Text = "Answers the flow when it was new, null when it was known.",
        IgnoresOthers = true,
        Body = "Flow",
        Answers = [ApiAnswer.Ok("StoredFlow"), TooLarge, NotTaken, new(StatusCodes.Status422UnprocessableEntity, "Problem", "application/problem+json", "The event cannot be stored.")],
    };

    public static readonly ApiOperation GetAll = new(ApiFamily.Traffic, "All flows, newest first")
    {
        IgnoresOthers = true,
        Parameters = [ApiParameter.Integer("limit", "The newest so many; less than 1 is taken as 1.", 1, long.MaxValue, null, 3)],
        Answers = Rows,
    };

    public static readonly ApiOperation GetOfPod = new(ApiFamily.Traffic, "The flows of a pod, newest first")
    {
        IgnoresOthers = true,
        Parameters =
        [
            ApiParameter.Free("name", "The pod's name.", "shop-0") with { IsPath = true },
            ApiParameter.Free("namespace", "Its namespace; without it, pods of that name in all of them.", "shop"),
        ],
        Answers = [.. Rows, new(StatusCodes.Status404NotFound, null, "text/plain", "There is no flow: No data found.")],
    };

    private static ApiAnswer[] Rows => [ApiAnswer.Ok("Flows"), ApiAnswer.Ok(null, "application/x-ndjson")];

    private static ApiAnswer TooLarge => new(StatusCodes.Status413PayloadTooLarge, "Problem", "application/problem+json", "The body is larger than Ingest:MaxBodyBytes.");

    private static ApiAnswer NotTaken => new(StatusCodes.Status415UnsupportedMediaType, "Problem", "application/problem+json", "The body is no JSON, or its encoding is not known.");
}
