using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Inventory.Services;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary>
/// <c>POST /svc/spec</c>, <c>GET /svc/info</c> and <c>GET /svc/ip/{ip}</c>: what agents say of services, and what is known of them.
/// </summary>
internal sealed class ServicesApi(InventoryTier inventory, SpecBodies bodies, RowStreamer streamer, InventoryMetrics metrics, TimeProvider clock)
{
    private static readonly ReadOnlyMemory<byte> Begin = "["u8.ToArray();
    private static readonly ReadOnlyMemory<byte> End = "]"u8.ToArray();

    private static readonly ApiParameter<string?> Address = PodReadsApi.PathText("ip", "The service's address.", "10.96.0.10");

    private static readonly ApiOperation Spec = new(ApiFamily.Inventory, "Takes what a service is")
    {
        Text = "Answers the service as it is kept: its manifest without status and metadata.managedFields. "
            + "A service without an address is ignored: one whose svc_ip is empty, or None.",
        IgnoresOthers = true,
        Body = "SvcDetail",
        Answers = [ApiResponse.Ok("SvcDetail"), .. PodPostsApi.Refusals],
    };

    private static readonly ApiOperation Info = new(ApiFamily.Inventory, "All services, by namespace, name and address")
    {
        IgnoresOthers = true,
        Answers = [ApiResponse.Ok("SvcDetails")],
    };

    private static readonly ApiOperation ByAddress = new(ApiFamily.Inventory, "The service of an address")
    {
        IgnoresOthers = true,
        Parameters = [Address],
        Answers = [ApiResponse.Ok("SvcDetail"), PodReadsApi.NotFound],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/svc/spec", (HttpContext context, ServicesApi api) => api.PostSpecAsync(context)).TakesSpecs().WithOperation(Spec);
        routes.MapGet("/svc/info", (HttpContext context, ServicesApi api) => api.GetInfoAsync(context)).ShowsSpecs().WithOperation(Info);
        routes.MapGet("/svc/ip/{ip}", (HttpContext context, ServicesApi api) => api.GetByAddressAsync(context)).ShowsSpecs().WithOperation(ByAddress);
    }

    private Task PostSpecAsync(HttpContext context) => bodies.TakeAsync(context, "service", async body =>
    {
        var said = SpecParser.Service(body, clock.NowMicros());
        if (said.Ip is "" or "None")
        {
            // Headless.
            metrics.Count("service", "ignored");
        }
        else
        {
            said = await inventory.PutAsync(said, context.RequestAborted);
        }

        await StateAnswers.WriteAsync(context, said, ServiceJson.Write);
    });

    private async Task GetInfoAsync(HttpContext context)
    {
        await using var rows = new StateArrayStream<ServiceState>(inventory.Services.All, ServiceJson.Write);
        await streamer.CopyAsync(rows, Begin, End, context);
    }

    private Task GetByAddressAsync(HttpContext context) =>
        StateAnswers.WriteAsync(context, inventory.Services.At(RequestParameters.Of(context).Get(Address)!), ServiceJson.Write);
}
