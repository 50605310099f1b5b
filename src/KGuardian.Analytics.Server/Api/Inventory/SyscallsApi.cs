using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.Syscalls;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary><c>POST /pod/syscalls</c> and <c>GET /pod/syscalls/{name}</c>: system calls that pods were seen to make.</summary>
internal sealed class SyscallsApi(InventoryTier inventory, SpecBodies bodies, InventoryMetrics metrics, TimeProvider clock)
{
    private static readonly ApiParameter<string?> PodName = PodReadsApi.PathText("name", "The pod's name.", "shop-0");

    private static readonly ApiOperation Post = new(ApiFamily.Inventory, "Takes system calls of pods")
    {
        Text = "They are added to those that are known of the same pod and architecture. "
            + "Entries that cannot be stored do not keep others from it: X-Rejected-Rows says how many.",
        IgnoresOthers = true,
        Body = "SyscallSets",
        Answers = [ApiResponse.Ok("Nothing"), .. PodPostsApi.Refusals],
    };

    private static readonly ApiOperation OfPod = new(ApiFamily.Inventory, "The system calls of the pods of a name")
    {
        Text = "One entry for each namespace and architecture, none for a pod that is not known.",
        IgnoresOthers = true,
        Parameters = [PodName],
        Answers = [ApiResponse.Ok("Syscalls")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/pod/syscalls", (HttpContext context, SyscallsApi api) => api.PostAsync(context)).TakesSpecs().WithOperation(Post);
        routes.MapGet("/pod/syscalls/{name}", (HttpContext context, SyscallsApi api) => api.GetAsync(context)).ShowsSpecs().WithOperation(OfPod);
    }

    private Task PostAsync(HttpContext context) => bodies.TakeAsync(context, "syscalls", async body =>
    {
        var sets = SyscallParser.Parse(body, clock.NowMicros(), out var ignored, out var wrong);
        if (sets.Count == 0 && wrong.First is { } reason)
        {
            throw reason;
        }

        var fresh = await inventory.Syscalls.AddAsync(sets, context.RequestAborted);
        metrics.Count("syscalls", "stored", fresh);
        metrics.Count("syscalls", "unchanged", sets.Count - fresh);
        metrics.Count("syscalls", "ignored", ignored);
        metrics.Count("syscalls", "refused", wrong.Count);
        if (wrong.Count > 0)
        {
            context.Response.Headers["X-Rejected-Rows"] = wrong.Count.ToString(CultureInfo.InvariantCulture);
        }

        await StateAnswers.WriteAsync(context, json => json.WriteNullValue());
    });

    private async Task GetAsync(HttpContext context)
    {
        var sets = await inventory.Syscalls.OfPodAsync(RequestParameters.Of(context).Get(PodName)!, context.RequestAborted);
        await StateAnswers.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var set in sets)
            {
                json.WriteStartObject();
                json.WriteString("pod_name"u8, set.PodName);
                json.WriteString("pod_namespace"u8, set.PodNamespace);
                json.WriteString("syscalls"u8, string.Join(',', set.Calls));
                json.WriteString("arch"u8, set.Arch);
                json.WriteString("time_stamp"u8, TimestampText.Format(set.TimeMicros));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
