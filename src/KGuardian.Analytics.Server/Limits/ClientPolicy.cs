using System.Threading.RateLimiting;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Server.Api;
using KGuardian.Analytics.Server.Settings;
using Microsoft.AspNetCore.RateLimiting;

namespace KGuardian.Analytics.Server.Limits;

/// <summary>So many queries of a client run, so many wait, others are refused. Each policy counts for itself.</summary>
internal sealed class ClientPolicy(ServerSettings settings, RefusedQueries refused) : IRateLimiterPolicy<string>
{
    private readonly QueryOptions _query = settings.Query;

    public Func<OnRejectedContext, CancellationToken, ValueTask> OnRejected => async (rejected, _) =>
    {
        var context = rejected.HttpContext;
        refused.Add(context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName ?? "");
        context.Response.Headers.RetryAfter = "1";
        await Problems.WriteAsync(
            context, StatusCodes.Status429TooManyRequests, "Too many queries at once",
            $"This client has Query:MaxConcurrentPerClient = {_query.MaxConcurrentPerClient} queries running and "
            + $"Query:QueuePerClient = {_query.QueuePerClient} waiting. Ask again when one is done.",
            new Dictionary<string, object?> { ["setting"] = "Query:MaxConcurrentPerClient", ["value"] = _query.MaxConcurrentPerClient });
    };

    public RateLimitPartition<string> GetPartition(HttpContext context) =>
        RateLimitPartition.GetConcurrencyLimiter(ClientLimits.ClientOf(context), _ => new ConcurrencyLimiterOptions
        {
            PermitLimit = _query.MaxConcurrentPerClient,
            QueueLimit = _query.QueuePerClient,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
}
