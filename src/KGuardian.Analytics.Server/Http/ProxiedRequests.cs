using Microsoft.AspNetCore.HttpOverrides;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// Makes requests that came through proxies look as their clients sent them: address (limits, the audit log), scheme, host and path. Comes before
/// everything that asks for one of them, routing too.
/// </summary>
internal static class ProxiedRequests
{
    public static void UseProxies(this WebApplication app, HttpSettings settings)
    {
        // With no proxy in its lists the framework believes everybody.
        if (settings.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders(Headers(settings));
        }

        if (settings.PathBase is { } prefix)
        {
            app.Use((context, next) =>
            {
                var request = context.Request;
                // Proxies take the prefix off or leave it; what asks this server directly knows none.
                if (request.Path.StartsWithSegments(prefix, StringComparison.Ordinal, out var rest))
                {
                    request.Path = rest.HasValue ? rest : "/";
                }

                if (!request.PathBase.HasValue)
                {
                    request.PathBase = prefix;
                }

                return next(context);
            });
        }
    }

    private static ForwardedHeadersOptions Headers(HttpSettings settings)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto
                | ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedPrefix,
            // From the nearest on, for as long as they are trusted: the first other one is the client.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in settings.TrustedProxies)
        {
            options.KnownIPNetworks.Add(network);
        }

        return options;
    }
}
