using KGuardian.Analytics.Query;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Metrics;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Caching;

/// <summary>
/// Keeps answers of aggregates for seconds: of one principal, one address, one Accept header and one <see cref="FlowsVersion"/>, and only those that
/// are 200. The same question asked meanwhile waits for the first answer.
/// </summary>
internal sealed class ResponseCache(FlowsVersion flows, QueryOptions options, QueryMetrics metrics) : IOutputCachePolicy
{
    /// <summary>The header that says whether an answer was kept: <c>hit</c> or <c>miss</c>.</summary>
    public const string Header = "X-Cache";

    private const string Tag = "flows";

    public async ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var request = context.HttpContext.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return;
        }

        var (version, isNew) = flows.Now();
        if (isNew)
        {
            // Nobody asks for them any more: they only take the place of others. (The store is made of options that hold this policy.)
            await context.HttpContext.RequestServices.GetRequiredService<IOutputCacheStore>().EvictByTagAsync(Tag, cancellation);
        }

        DescribeAtStart(context.HttpContext);
        context.EnableOutputCaching = context.AllowCacheLookup = context.AllowCacheStorage = context.AllowLocking = true;
        context.ResponseExpirationTimeSpan = options.CacheTime;
        context.Tags.Add(Tag);
        var vary = context.CacheVaryByRules;
        vary.VaryByHost = false;
        vary.HeaderNames = HeaderNames.Accept;
        // As it came: names that differ in case are other names here, one of them unknown.
        vary.VaryByValues["query"] = request.QueryString.Value ?? "";
        vary.VaryByValues["principal"] = Principal.Current(context.HttpContext).Name;
        vary.VaryByValues["flows"] = version;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        Count("hit");
        context.HttpContext.Features.Set(new Hit());
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        Count("miss");
        context.AllowCacheStorage &=
            context.HttpContext.Response.StatusCode == StatusCodes.Status200OK && context.HttpContext.Features.Get<Forbidden>() is null;
        return ValueTask.CompletedTask;
    }

    /// <summary>Says that an answer lacks what its <see cref="FlowsVersion"/> counts: it is for who asked, and not kept.</summary>
    public static void Forbid(HttpContext context) => context.Features.Set(new Forbidden());

    /// <summary>As late as can be: the headers that were kept must not say what this answer is.</summary>
    private static void DescribeAtStart(HttpContext context) => context.Response.OnStarting(() =>
    {
        if (context.Response.StatusCode == StatusCodes.Status200OK)
        {
            context.Response.Headers[Header] = context.Features.Get<Hit>() is null ? "miss" : "hit";
        }

        return Task.CompletedTask;
    });

    private void Count(string result) => metrics.CacheRequests.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>Says that a request was answered from the cache.</summary>
    private sealed class Hit;

    /// <summary>Says that an answer is not to be kept.</summary>
    private sealed class Forbidden;
}
