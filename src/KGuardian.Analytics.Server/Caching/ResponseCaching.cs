using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using Microsoft.AspNetCore.OutputCaching;

namespace KGuardian.Analytics.Server.Caching;

/// <summary>Puts <see cref="ResponseCache"/> into the pipeline, and says of routes that their answers are kept.</summary>
internal static class ResponseCaching
{
    private const string Policy = "aggregates";

    /// <summary>The largest answer is kept if it fits this often.</summary>
    private const int LeastAnswers = 8;

    /// <summary>The route's answers are kept for <c>Query:CacheTime</c>.</summary>
    public static TBuilder Cached<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.CacheOutput(Policy);

    public static void AddResponseCache(this IServiceCollection services, QueryOptions query, bool isShared)
    {
        services.AddSingleton(provider => new FlowsVersion(
            isShared, provider.GetRequiredService<RetentionWindow>(), provider.GetRequiredService<InventoryTier>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetService<IngestTier>()));
        services.AddSingleton<ResponseCache>();
        services.AddOutputCache(cache =>
        {
            cache.SizeLimit = query.CacheBytes;
            cache.MaximumBodySize = query.CacheBytes / LeastAnswers;
        });
        services.AddOptions<OutputCacheOptions>()
            .Configure<ResponseCache>((cache, policy) => cache.AddPolicy(Policy, policy));
    }

    /// <summary>Answers from the cache, unless it is off.</summary>
    public static void UseResponseCache(this WebApplication app)
    {
        if (app.Services.GetRequiredService<QueryOptions>().CacheTime == TimeSpan.Zero)
        {
            return;
        }

        app.Use(async (context, next) =>
        {
            while (true)
            {
                try
                {
                    await next(context);
                    return;
                }
                catch (OperationCanceledException) when (WaitedForAnother(context))
                {
                    // The answer was computed for another client, who left: ask again.
                    continue;
                }
            }
        });
        app.UseOutputCache();
    }

    private static bool WaitedForAnother(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IOutputCachePolicy>() is not null
        && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted;
}
