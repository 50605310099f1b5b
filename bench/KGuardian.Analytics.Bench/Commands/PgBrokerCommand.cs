using System.Text.Json;
using KGuardian.Analytics.Bench.PgBroker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>pg-broker</c>, started by <c>compare</c>: the documented routes on PostgreSQL, each answer materialised as upstream's are.</summary>
internal static class PgBrokerCommand
{
    public static async Task<int> RunAsync(Flags flags)
    {
        var port = flags.Count("port", 9098);
        var connection = flags.Text("connection") ?? throw new ArgumentException("--connection is needed.");
        flags.RejectUnknown();

        await using var source = NpgsqlDataSource.Create(connection);
        var store = new PgTrafficStore(source);
        await store.CreateSchemaAsync();

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenLocalhost(port);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        await using var app = builder.Build();
        app.MapGet("/health", () => "Healthy!");
        app.MapPost("/pod/traffic/batch", async (HttpRequest request, CancellationToken cancelled) =>
        {
            var events = await JsonSerializer.DeserializeAsync(request.Body, TrafficJson.Default.ListTrafficRow, cancelled);
            return await store.AddAsync(events ?? [], cancelled);
        });
        app.MapPost("/pod/traffic", async Task<Results<JsonHttpResult<TrafficRow>, ContentHttpResult>> (HttpRequest request, CancellationToken cancelled) =>
        {
            var row = await JsonSerializer.DeserializeAsync(request.Body, TrafficJson.Default.TrafficRow, cancelled);
            return row is not null && await store.AddAsync([row], cancelled) == 1
                ? TypedResults.Json(row, TrafficJson.Default.TrafficRow)
                : TypedResults.Content("null", "application/json");
        });
        app.MapGet("/pod/traffic", async (long? limit, CancellationToken cancelled) =>
            Json(await store.NewestAsync(null, limit, cancelled)));
        app.MapGet("/pod/traffic/{name}", async (string name, CancellationToken cancelled) =>
            Json(await store.NewestAsync(name, null, cancelled)));
        await app.RunAsync();
        return 0;
    }

    private static FileContentHttpResult Json(List<TrafficRow> rows) =>
        TypedResults.Bytes(JsonSerializer.SerializeToUtf8Bytes(rows, TrafficJson.Default.ListTrafficRow), "application/json");
}
