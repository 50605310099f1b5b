using System.Net;
using KGuardian.Analytics.Server.Api;
using KGuardian.Analytics.Server.Api.Flows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Auth.Oidc;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Console;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>The way of a request from the socket to its route.</summary>
internal static class HttpPipeline
{
    /// <summary>What a request passes, in this order.</summary>
    public static void UsePipeline(this WebApplication app, ServerSettings settings)
    {
        // Instruments exist once their listener does; those of reads do not wait for the first one.
        app.Services.GetRequiredService<PrometheusExporter>();
        app.Services.GetRequiredService<EndpointMetrics>();
        app.Services.GetRequiredService<TailSlots>();
        app.Services.GetRequiredService<RefusedTokens>();
        // One client, one name: on [::] a client of IPv4 comes as ::ffff:10.0.0.1.
        app.Use((context, next) =>
        {
            if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped)
            {
                context.Connection.RemoteIpAddress = mapped.MapToIPv4();
            }

            return next(context);
        });
        app.UseProxies(settings.Http);
        // It asks for what servers of the role query answer.
        if (settings.ConsoleEnabled && settings.Role.HasFlag(ServerRole.Query))
        {
            app.UseConsole();
        }

        app.UseRouting();
        app.Use(ClientConnection.ServeAsync);
        app.UseCors();
        app.UseMiddleware<ErrorResponses>();
        // Now, not with the first request: it says when the server is open.
        app.Services.GetRequiredService<ApiTokens>();
        app.Services.GetService<OidcIssuer>();
        if (!settings.IsOpen)
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }

        app.UseServerRoles(settings.Role);

        app.Use(app.Services.GetRequiredService<QueryTimes>().MeasureAsync);
        app.Use((context, next) =>
        {
            QueryCost.Begin();
            return next(context);
        });
        app.UseResponseCompression();
        app.UseMiddleware<ContentCodings>();
        // Behind authorization, or answers would be everybody's; below compression, so that each client gets its own; before the limits: hits cost nothing.
        app.UseResponseCache();
        app.UseRateLimiter();
        app.UseStatusCodePages(status => Problems.WriteAsync(
            status.HttpContext, status.HttpContext.Response.StatusCode, "The request cannot be answered", StatusText.Of(status.HttpContext)));
        app.Use(AllowedMethods.TellAsync);
    }

    /// <summary>Listens on an address.</summary>
    public static void ListenOn(this ConfigureWebHostBuilder host, IPEndPoint address) =>
        host.ConfigureKestrel(kestrel =>
        {
            // Of both protocols; where the kernel has no IPv6, of IPv4 alone.
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                kestrel.ListenAnyIP(address.Port, listen => listen.Use(ClientConnection.Watch));
            }
            else
            {
                kestrel.Listen(address, listen => listen.Use(ClientConnection.Watch));
            }

            kestrel.AddServerHeader = false;
            // Settings are small; events, which are not, have a limit of their own.
            kestrel.Limits.MaxRequestBodySize = 64 << 10;
            // Filters of thousands of addresses are part of the address; Kestrel's 8 KiB would answer them without saying why.
            kestrel.Limits.MaxRequestLineSize = 256 << 10;
            // A slow reader of a stream is welcome; a slow body is not, and keeps Kestrel's limit of 240 bytes a second.
            kestrel.Limits.MinResponseDataRate = null;
            // 1 MiB between ClickHouse and the client: with Kestrel's 64 KiB each read waits for the write before it.
            kestrel.Limits.MaxResponseBufferSize = 1 << 20;
        });
}
