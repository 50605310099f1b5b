using System.Threading.RateLimiting;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Metrics;
using Microsoft.AspNetCore.RateLimiting;

namespace KGuardian.Analytics.Server.Limits;

/// <summary>So many queries of a client run; others wait for a time before they are refused. Each policy counts for itself.</summary>
internal sealed class ClientPolicy(QueryOptions options, QueryMetrics metrics) : IRateLimiterPolicy<string>
{
    private readonly QueryOptions _query = options;

    public Func<OnRejectedContext, CancellationToken, ValueTask> OnRejected => async (rejected, _) =>
    {
        var context = rejected.HttpContext;
        metrics.Refused.Add(1, new KeyValuePair<string, object?>(
            "kind", context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName ?? ""));
        context.Response.Headers.RetryAfter = "1";
        await Problems.WriteAsync(
            context, StatusCodes.Status429TooManyRequests, "Too many queries at once",
            $"This client has Query:MaxConcurrentPerClient = {_query.MaxConcurrentPerClient} queries running, and waited for one of them to end for "
            + $"Query:QueueTime = {_query.QueueTime:c}, or has Query:QueuePerClient = {_query.QueuePerClient} waiting already. Ask again when one is done.",
            new Dictionary<string, object?> { ["setting"] = "Query:MaxConcurrentPerClient", ["value"] = _query.MaxConcurrentPerClient });
    };

    public RateLimitPartition<string> GetPartition(HttpContext context) =>
        RateLimitPartition.Get<string>(
            ClientLimits.ClientOf(context), _ => new PatientLimiter(_query.MaxConcurrentPerClient, _query.QueuePerClient, _query.QueueTime));
}
