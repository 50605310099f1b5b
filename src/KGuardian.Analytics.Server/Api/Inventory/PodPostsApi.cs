using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary><c>POST /pod/spec</c> and <c>POST /pod/mark_dead</c>: what agents say of pods.</summary>
internal sealed class PodPostsApi(InventoryTier inventory, SpecBodies bodies, InventoryMetrics metrics, TimeProvider clock)
{
    /// <summary>What every post of the family may answer, too.</summary>
    internal static readonly ApiResponse[] Refusals =
    [
        ApiResponse.Error(ApiFamily.Inventory, StatusCodes.Status413PayloadTooLarge, "The body is larger than Ingest:MaxBodyBytes."),
        ApiResponse.Error(ApiFamily.Inventory, StatusCodes.Status415UnsupportedMediaType, "The body is no JSON, or its encoding is not known."),
    ];

    private static readonly ApiOperation Spec = new(ApiFamily.Inventory, "Takes what a pod is")
    {
        Text = "Answers the pod as it is kept: of the manifest without status, metadata.managedFields and all of spec but hostNetwork "
            + "and the ports of containers. "
            + "What changes nothing but the time is not written. "
            + "A pod without a name is ignored.",
        IgnoresOthers = true,
        Body = "PodDetail",
        Answers = [ApiResponse.Ok("PodDetail"), .. Refusals],
    };

    private static readonly ApiOperation MarkDead = new(ApiFamily.Inventory, "Takes that a pod ended")
    {
        Text = "Answers how many pods it is about: those of the name, in every namespace unless one is given, "
            + "and of the address when one is given. They stay known, as dead ones.",
        IgnoresOthers = true,
        Body = "PodDeath",
        Answers = [ApiResponse.Ok("PodCount"), .. Refusals],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/pod/spec", (HttpContext context, PodPostsApi api) => api.PostSpecAsync(context)).TakesSpecs().WithOperation(Spec);
        routes.MapPost("/pod/mark_dead", (HttpContext context, PodPostsApi api) => api.PostDeathAsync(context)).TakesSpecs().WithOperation(MarkDead);
    }

    private Task PostSpecAsync(HttpContext context) => bodies.TakeAsync(context, "pod", async body =>
    {
        var said = SpecParser.Pod(body, clock.NowMicros());
        if (string.IsNullOrWhiteSpace(said.Name))
        {
            metrics.Count("pod", "ignored");
        }
        else
        {
            said = await inventory.PutAsync(said, context.RequestAborted);
        }

        await StateAnswers.WriteAsync(context, said, PodJson.Write);
    });

    private Task PostDeathAsync(HttpContext context) => bodies.TakeAsync(context, "death", async body =>
    {
        var death = SpecParser.Death(body);
        var count = death.Name.Length == 0 ? 0 : await inventory.PutAsync(death, context.RequestAborted);
        await StateAnswers.WriteAsync(context, json => json.WriteNumberValue(count));
    });
}

