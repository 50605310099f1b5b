using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Topology;

/// <summary>What there is below <c>/api/v1/networkTopology</c>: clusters, namespaces, owners, keys of labels.</summary>
internal sealed class TopologyListsApi(TopologyRequests requests, TopologyReader reader, TopologyAnswers answers, TopologyOptions options, ReadBarrier barrier)
{
    private static readonly ApiOperation Clusters = new(ApiFamily.Topology, "The clusters that have flows")
    {
        Parameters = [SecondsWindow.From, SecondsWindow.To],
        Answers = [ApiResponse.Ok("TopologyTexts")],
    };

    private static readonly ApiOperation Namespaces = new(ApiFamily.Topology, "The namespaces of pods that reported, or were there")
    {
        Parameters = [TopologyRequests.Cluster, SecondsWindow.From, SecondsWindow.To, TopologyRequests.Limit],
        Answers = [ApiResponse.Ok("TopologyNamespaces")],
    };

    private static readonly ApiOperation Owners = new(ApiFamily.Topology, "Owners of pods by kind; pods without one are their own")
    {
        Parameters = [TopologyRequests.Cluster, TopologyRequests.Namespace, SecondsWindow.From, SecondsWindow.To, TopologyRequests.Limit],
        Answers = [ApiResponse.Ok("TopologyOwners")],
    };

    private static readonly ApiOperation PodKeys = new(ApiFamily.Topology, "The keys of pods' labels")
    {
        Parameters = [TopologyRequests.Cluster],
        Answers = [ApiResponse.Ok("TopologyTexts")],
    };

    private static readonly ApiOperation NamespaceKeys = new(ApiFamily.Topology, "The keys of namespaces' labels: none are known here")
    {
        Parameters = [TopologyRequests.Cluster],
        Answers = [ApiResponse.Ok("TopologyTexts")],
    };

    private static readonly ApiOperation Status = new(ApiFamily.Topology, "Whether the topology can be asked") { Answers = [ApiResponse.Ok("TopologyStatus")] };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var lists = routes.MapGroup("/api/v1/networkTopology").LimitedPerClient(ClientLimits.Aggregates).Cached();
        Get(lists, "/clusters", (context, api) => api.ClustersAsync(context), Clusters);
        Get(lists, "/namespaces", (context, api) => api.NamespacesAsync(context), Namespaces);
        Get(lists, "/owners", (context, api) => api.OwnersAsync(context), Owners);
        Get(lists, "/workloadLabelKeys", (context, api) => api.LabelKeysAsync(context, ofPods: true), PodKeys);
        Get(lists, "/namespaceLabelKeys", (context, api) => api.LabelKeysAsync(context, ofPods: false), NamespaceKeys);
        Get(routes.MapGroup("/api/v1/networkTopology"), "/status", (context, api) => api.StatusAsync(context), Status);
    }

    private static void Get(RouteGroupBuilder group, string path, Func<HttpContext, TopologyListsApi, Task> answer, ApiOperation operation) =>
        group.MapGet(path, (HttpContext context, TopologyListsApi api) => answer(context, api))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(operation);

    private async Task ClustersAsync(HttpContext context)
    {
        var selection = await requests.SelectAsync(context, RequestParameters.Of(context));
        string[] clusters = await reader.AnyAsync(selection, context.RequestAborted) ? [options.Cluster] : [];
        await WriteTextsAsync(context, selection.Window, clusters);
    }

    private async Task NamespacesAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var limit = parameters.Get(TopologyRequests.Limit);
        var selection = await requests.SelectAsync(context, parameters);
        string[] found = [];
        if (requests.IsHere(parameters))
        {
            var pods = await reader.PodsAsync(selection, context.RequestAborted);
            var reporters = await reader.ReportersAsync(selection, space: null, context.RequestAborted);
            found =
            [
                .. pods.All.Select(pod => pod.Namespace).Concat(reporters.Select(pod => pod.Namespace))
                    .Distinct().Order(StringComparer.Ordinal),
            ];
        }

        await TopologyAnswers.WriteAsync(context, selection.Window, found.Length > limit, json =>
        {
            json.WriteStartArray();
            foreach (var name in found.Take(limit))
            {
                answers.WriteNamespace(json, name);
            }

            json.WriteEndArray();
        });
    }

    private async Task OwnersAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var (limit, space) = (parameters.Get(TopologyRequests.Limit), parameters.Get(TopologyRequests.Namespace));
        var selection = await requests.SelectAsync(context, parameters);
        var owners = new SortedDictionary<TopologyEnd, IReadOnlyList<string>>();
        if (requests.IsHere(parameters))
        {
            var pods = await reader.PodsAsync(selection, context.RequestAborted);
            foreach (var owned in pods.All.Where(pod => space is null || pod.Namespace == space).GroupBy(TopologyEnds.OwnerOf))
            {
                owners[owned.Key] = ClusterPods.CommonLabels(owned);
            }

            foreach (var pod in await reader.ReportersAsync(selection, space, context.RequestAborted))
            {
                if (!pods.Has(pod))
                {
                    owners.TryAdd(new TopologyEnd("Pod", pod.Namespace, pod.Name), []);
                }
            }
        }

        await TopologyAnswers.WriteAsync(context, selection.Window, owners.Count > limit, json =>
        {
            json.WriteStartObject();
            foreach (var kind in owners.Take(limit).GroupBy(owner => owner.Key.Kind).OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                json.WriteStartArray(kind.Key);
                foreach (var (owner, labels) in kind)
                {
                    answers.WriteOwner(json, owner, labels);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }

    private async Task LabelKeysAsync(HttpContext context, bool ofPods)
    {
        var parameters = RequestParameters.Of(context);
        await barrier.WaitAsync(context);
        var keys = ofPods && requests.IsHere(parameters) ? await reader.LabelKeysAsync(context.RequestAborted) : [];
        await context.Response.WriteAsJsonAsync(keys, context.RequestAborted);
    }

    private async Task StatusAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        await barrier.WaitAsync(context);
        await context.Response.WriteAsJsonAsync(new { }, context.RequestAborted);
    }

    private static Task WriteTextsAsync(HttpContext context, TimeWindow window, IEnumerable<string> texts) =>
        TopologyAnswers.WriteAsync(context, window, isCut: false, json =>
        {
            json.WriteStartArray();
            foreach (var text in texts)
            {
                json.WriteStringValue(text);
            }

            json.WriteEndArray();
        });
}
