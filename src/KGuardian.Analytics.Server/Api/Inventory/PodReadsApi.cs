using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary>
/// <c>GET /pod/info</c>, <c>/pod/list/{node}</c>, <c>/pod/name/{name}</c> and <c>/pod/ip/{ip}</c>: what is known of pods, from memory.
/// </summary>
internal sealed class PodReadsApi(InventoryTier inventory, RowStreamer streamer, TrafficOptions options)
{
    /// <summary>What a name or address answers when nothing is known of it.</summary>
    internal static readonly ApiResponse NotFound = new(StatusCodes.Status404NotFound, null, "text/plain", "There is none: No data found.");

    private static readonly ReadOnlyMemory<byte> Begin = "["u8.ToArray();
    private static readonly ReadOnlyMemory<byte> End = "]"u8.ToArray();

    private static readonly ApiParameter<string?> Node = PathText("node", "The node's name.", "node-1");
    private static readonly ApiParameter<string?> PodName = PathText("name", "The pod's name.", "shop-0");
    private static readonly ApiParameter<string?> Address = PathText("ip", "The pod's address.", "10.244.1.5");

    private static readonly ApiOperation Info = new(ApiFamily.Inventory, "All pods, by namespace and name")
    {
        Text = "Dead ones too. With an ETag: If-None-Match gets 304 as long as nothing changed.",
        IgnoresOthers = true,
        Answers = [ApiResponse.Ok("PodDetails"),
            new(StatusCodes.Status304NotModified, null, "application/json", "Nothing changed since the answer with this ETag.")],
    };

    private static readonly ApiOperation List = new(ApiFamily.Inventory, "The pods of a node that are alive")
    {
        Text = "Answered without a token to the networks of Inventory:AnonymousPodList.",
        IgnoresOthers = true,
        Parameters = [Node],
        Answers = [ApiResponse.Ok("PodDetails")],
    };

    private static readonly ApiOperation ByName = new(ApiFamily.Inventory, "The pod of a name")
    {
        Text = "Of several, in different namespaces, one that is alive before the dead ones, and of those the newest.",
        IgnoresOthers = true,
        Parameters = [PodName],
        Answers = [ApiResponse.Ok("PodDetail"), NotFound],
    };

    private static readonly ApiOperation ByAddress = new(ApiFamily.Inventory, "The pod that has or had an address")
    {
        Text = "Of several one that is alive before the dead ones, and of those the newest.",
        IgnoresOthers = true,
        Parameters = [Address],
        Answers = [ApiResponse.Ok("PodDetail"), NotFound],
    };

    private bool ShowsHostNetwork => options.Contract == TrafficContract.Upstream202609;

    private Action<Utf8JsonWriter, PodState> Writer => ShowsHostNetwork ? PodJson.WriteWithHostNetwork : PodJson.Write;

    public static void Map(IEndpointRouteBuilder routes, AnonymousNetworks listFrom)
    {
        routes.MapGet("/pod/info", (HttpContext context, PodReadsApi api) => api.GetInfoAsync(context)).ShowsSpecs().WithOperation(Info);
        routes.MapGet("/pod/list/{node}", (HttpContext context, PodReadsApi api) => api.GetListAsync(context))
            .ShowsSpecs().WithMetadata(listFrom).WithOperation(List);
        routes.MapGet("/pod/name/{name}", (HttpContext context, PodReadsApi api) => api.GetByNameAsync(context)).ShowsSpecs().WithOperation(ByName);
        routes.MapGet("/pod/ip/{ip}", (HttpContext context, PodReadsApi api) => api.GetByAddressAsync(context)).ShowsSpecs().WithOperation(ByAddress);
    }

    /// <summary>A part of a path, as long as a field of an event may be.</summary>
    internal static ApiParameter<string?> PathText(string name, string text, string example) =>
        new(name, text, Parameter.SchemaOf(ApiParameter.LongestText), given => given, absent: null) { Example = example, IsPath = true };

    private async Task GetInfoAsync(HttpContext context)
    {
        var pods = inventory.Pods;
        // Weak: it may be packed on its way. The same of all servers, and after a restart.
        var shape = ShowsHostNetwork ? "h" : "";
        var tag = new EntityTagHeaderValue($"\"{shape}{pods.Fingerprint.ToString("x32", CultureInfo.InvariantCulture)}\"", isWeak: true);
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = tag;
        headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(
            known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await WriteAsync(context, pods.All);
    }

    private Task GetListAsync(HttpContext context) => WriteAsync(context, inventory.Pods.OnNode(RequestParameters.Of(context).Get(Node)!));

    private Task GetByNameAsync(HttpContext context) =>
        StateAnswers.WriteAsync(context, inventory.Pods.Named(RequestParameters.Of(context).Get(PodName)!).FirstOrDefault(), Writer);

    private Task GetByAddressAsync(HttpContext context) =>
        StateAnswers.WriteAsync(context, inventory.Pods.At(RequestParameters.Of(context).Get(Address)!).FirstOrDefault(), Writer);

    private async Task WriteAsync(HttpContext context, IEnumerable<PodState> pods)
    {
        await using var rows = new StateArrayStream<PodState>(pods, Writer);
        await streamer.CopyAsync(rows, Begin, End, context);
    }
}
