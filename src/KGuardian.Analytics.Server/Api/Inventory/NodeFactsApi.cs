using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary><c>POST /node/facts</c>: what newer agents say of nodes. It is counted, and nothing of it is kept: nobody asks for it here.</summary>
internal sealed class NodeFactsApi(SpecBodies bodies, InventoryMetrics metrics)
{
    private static readonly ApiOperation Post = new(ApiFamily.Inventory, "Takes what agents say of nodes")
    {
        Text = "Whatever it is: it is counted, and nothing of it is kept.",
        IgnoresOthers = true,
        Body = "NodeFacts",
        Answers = [ApiResponse.Ok("Nothing"), .. PodPostsApi.Refusals],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/node/facts", (HttpContext context, NodeFactsApi api) => api.PostAsync(context)).TakesSpecs().WithOperation(Post);

    private Task PostAsync(HttpContext context) => bodies.TakeAsync(context, "node", async _ =>
    {
        metrics.Count("node", "ignored");
        await StateAnswers.WriteAsync(context, json => json.WriteNullValue());
    });
}
