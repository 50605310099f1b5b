using KGuardian.Analytics.Server.Hosting;
using KGuardian.Analytics.Server.Settings;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.AspNetCore.Routing;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>Every route that the server has, as it wires them itself: a new one is attacked without anybody naming it here.</summary>
internal static class ServerRoutes
{
    /// <summary>Patterns, each with one method.</summary>
    public static async Task<(string Method, string Pattern)[]> ReadAsync()
    {
        using var directory = new TestDirectory();
        var configuration = Configuration.Read([]);
        var settings = SettingsReader.Read(configuration) with { DataDirectory = directory.Path };
        await using var app = AnalyticsServer.Build(settings, configuration, [new ClickHouseEndpoint(new Uri("http://127.0.0.1:1"), "", "")], node: null);
        return [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                .Select(method => (method, $"/{route.RoutePattern.RawText?.TrimStart('/')}")))
            .Order()];
    }
}
