using System.Diagnostics;
using Microsoft.AspNetCore.RateLimiting;

namespace KGuardian.Analytics.Server.Metrics;

/// <summary>
/// How long queries take until their answer begins, their wait for others of the same client included. What comes then is as fast as who reads it.
/// </summary>
internal sealed class QueryTimes(QueryMetrics metrics)
{
    /// <summary>Middleware: measures requests of the routes that are limited per client.</summary>
    public Task MeasureAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName is { } kind)
        {
            var started = Stopwatch.GetTimestamp();
            context.Response.OnStarting(() =>
            {
                metrics.Seconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("kind", kind));
                return Task.CompletedTask;
            });
        }

        return next(context);
    }
}
