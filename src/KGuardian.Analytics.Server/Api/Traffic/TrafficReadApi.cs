using System.Globalization;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Http.Features;

namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary><c>GET /pod/traffic</c> and <c>GET /pod/traffic/{name}</c>: flows newest first, streamed.</summary>
internal static class TrafficReadApi
{
    /// <summary>As long as a field of an event may be; ClickHouse takes no parameters of any length.</summary>
    private const int LongestName = 1024;

    public static void MapTrafficRead(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/pod/traffic", GetAllAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).Documented(TrafficDocuments.GetAll);
        routes.MapGet("/pod/traffic/{name}", GetOfPodAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).Documented(TrafficDocuments.GetOfPod);
    }

    private static async Task GetAllAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (!TryReadLimit(context.Request, services.GetRequiredService<TrafficOptions>().DefaultLimit, out var limit))
        {
            await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "The limit is not a number",
                $"limit = '{context.Request.Query["limit"]}': one whole number is taken.");
            return;
        }

        await services.GetRequiredService<ReadBarrier>().WaitAsync(context);
        var format = RowFormats.Of(context.Request);
        await using var rows = await services.GetRequiredService<TrafficReader>().AllAsync(limit, format, context.RequestAborted);
        await services.GetRequiredService<RowStreamer>().CopyAsync(rows, format, context);
    }

    private static async Task GetOfPodAsync(HttpContext context, string name)
    {
        var services = context.RequestServices;
        var podNamespace = context.Request.Query["namespace"];
        if (podNamespace.Count > 1)
        {
            await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "The namespace is not one value",
                $"namespace = '{podNamespace}': one namespace is taken.");
            return;
        }

        name = Unescaped(name, context);
        RefuseLong("name", name);
        RefuseLong("namespace", podNamespace);
        await services.GetRequiredService<ReadBarrier>().WaitAsync(context);
        var format = RowFormats.Of(context.Request);
        await using var rows = await services.GetRequiredService<TrafficReader>().OfPodAsync(name, podNamespace, format, context.RequestAborted);
        if (!await services.GetRequiredService<RowStreamer>().CopyUnlessEmptyAsync(rows, format, context))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync("No data found", context.RequestAborted);
        }
    }

    /// <summary>The name in the path: routing leaves an escaped slash as it came.</summary>
    private static string Unescaped(string routed, HttpContext context)
    {
        if (!routed.Contains("%2F", StringComparison.OrdinalIgnoreCase))
            return routed;
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimEnd('/');
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    /// <exception cref="ParameterException">No flow has a name of this length.</exception>
    private static void RefuseLong(string parameter, string? value)
    {
        if (value?.Length > LongestName)
            throw new ParameterException(parameter, value, $"has {value.Length} characters", $"at most {LongestName} characters");
    }

    /// <summary>Zero and negative values count as 1, as upstream clamps them.</summary>
    private static bool TryReadLimit(HttpRequest request, long? fallback, out long? limit)
    {
        limit = fallback;
        var given = request.Query["limit"];
        if (given.Count == 0)
        {
            return true;
        }

        var valid = given.Count == 1 && long.TryParse(given[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value);
        limit = valid ? Math.Max(1, long.Parse(given[0]!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)) : null;
        return valid;
    }
}
