using System.Globalization;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary><c>GET /pod/traffic</c> and <c>GET /pod/traffic/{name}</c>: flows newest first, streamed.</summary>
internal sealed class TrafficReadApi(BrokerTrafficReader reader, TrafficOptions options, ReadBarrier barrier, RowStreamer streamer, TimeProvider clock)
{
    private static readonly ApiParameter<long?> Limit = new(
        "limit", "The newest so many; less than 1 is taken as 1. With Traffic:Contract = upstream-2026-09 the default is 5000, and more than 20000 are 20000.",
        IntegerParameter.SchemaOf(1, long.MaxValue, fallback: null), ReadLimit, absent: null)
    {
        Example = 3,
    };

    // As long as a field of an event may be; ClickHouse takes no parameters of any length.
    private static readonly ApiParameter<string?> PodName = new(
        "name", "The pod's name.", Parameter.SchemaOf(ApiParameter.LongestText), text => text, absent: null)
    {
        Example = "shop-0",
        IsPath = true,
    };

    // Flows of an empty namespace there are none of, and asking for them is no error of the contract.
    private static readonly ApiParameter<string?> Namespace = new(
        "namespace", "Its namespace; without it, pods of that name in all of them.",
        Parameter.SchemaOf(ApiParameter.LongestText, shortest: 0), text => text, absent: null)
    {
        Example = "shop",
        MayBeEmpty = true,
    };

    private static readonly MomentParameter<TimeWindow?> From = Parameter.OptionalTime("from", "Flows that were first seen from here on.", "2026-01-01");

    private static readonly MomentParameter<TimeWindow?> To = Parameter.OptionalTime(
        "to", "Flows that were first seen before; the time itself is not in.", "now");

    private static readonly ApiResponse[] Rows = [ApiResponse.Ok("Flows"), ApiResponse.Ok(null, "application/x-ndjson")];

    private static readonly ApiOperation All = new(ApiFamily.Traffic, "All flows, newest first")
    {
        IgnoresOthers = true,
        Parameters = [Limit, From, To],
        Answers = Rows,
    };

    private static readonly ApiOperation OfPod = new(ApiFamily.Traffic, "The flows of a pod, newest first")
    {
        IgnoresOthers = true,
        Parameters = [PodName, Namespace, Limit, From, To],
        Answers = [.. Rows, new(StatusCodes.Status404NotFound, null, "text/plain", "There is no flow: No data found.")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/pod/traffic", (HttpContext context, TrafficReadApi api) => api.GetAllAsync(context))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).WithOperation(All);
        routes.MapGet("/pod/traffic/{name}", (HttpContext context, TrafficReadApi api) => api.GetOfPodAsync(context))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).WithOperation(OfPod);
    }

    private async Task GetAllAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var (limit, window) = (options.RowsOf(parameters.Get(Limit)), WindowOf(parameters));
        await barrier.WaitAsync(context);
        var format = RowFormats.Of(context.Request);
        await using var rows = await reader.AllAsync(limit, format, context.RequestAborted, window);
        await streamer.CopyAsync(rows, format, context);
    }

    private async Task GetOfPodAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var (name, podNamespace) = (parameters.Get(PodName)!, parameters.Get(Namespace));
        var (limit, window) = (options.RowsOfPod(parameters.Get(Limit)), WindowOf(parameters));
        await barrier.WaitAsync(context);
        var format = RowFormats.Of(context.Request);
        await using var rows = await reader.OfPodAsync(name, podNamespace, format, context.RequestAborted, limit, window);
        if (options.Contract == TrafficContract.Upstream202609)
        {
            await streamer.CopyAsync(rows, format, context);
        }
        else if (!await streamer.CopyUnlessEmptyAsync(rows, format, context))
        {
            await NoData.WriteAsync(context);
        }
    }

    private BrokerWindow WindowOf(RequestParameters parameters)
    {
        var now = clock.GetUtcNow();
        return new BrokerWindow(parameters.Get(From, now)?.From, parameters.Get(To, now)?.From);
    }

    /// <summary>Zero and negative values count as 1, as upstream clamps them.</summary>
    private static long? ReadLimit(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)
            ? Math.Max(1, limit)
            : throw new ParameterException("limit", text, "is not a whole number", $"one up to {long.MaxValue}");
}
