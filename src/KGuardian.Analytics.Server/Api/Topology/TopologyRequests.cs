using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Topology;

/// <summary>Binds what the routes of <c>/api/v1/networkTopology</c> have in common.</summary>
internal sealed class TopologyRequests(FlowRequests requests, TopologyOptions options)
{
    /// <summary>Kinds of owners, in their exact spelling.</summary>
    private static readonly string[] Kinds =
    [
        "Service", "Deployment", "StatefulSet", "DaemonSet", "Pod", "Namespace", "Job", "CronJob", "ReplicaSet", "ReplicationController", "StaticPod", "Node",
    ];

    /// <summary>The cluster.</summary>
    public static readonly ApiParameter<string?> Cluster = Parameter.Text(
        "cluster", "The cluster, as clusters lists it; left out: every one.", "(not provided)");

    /// <summary>The namespace.</summary>
    public static readonly ApiParameter<string?> Namespace = Parameter.Text("namespace", "The namespace.", "shop");

    /// <summary>The owner's namespace.</summary>
    public static readonly ApiParameter<string?> OwnerNamespace =
        Parameter.Text("namespace", "The owner's namespace; empty for a Node.", "shop").Required();

    /// <summary>The owner's name.</summary>
    public static readonly ApiParameter<string?> Name =
        Parameter.Text("name", "The owner's name; of kind Namespace empty, left out or the namespace's.", "web").Required();

    /// <summary>The owner's kind.</summary>
    public static readonly ApiParameter<string?> Kind = Parameter.Choice<string>(
        "kind", "How pods are grouped: the owner's kind.", [.. Kinds.Select(kind => (kind, (string?)kind))]).Required();

    /// <summary>Most rows.</summary>
    public static readonly IntegerParameter Limit = Parameter.Integer(
        "limit", "Most rows, or edges; X-Result-Cut says whether there are more.", 1, 10_000, 1000, 100);

    /// <summary>Whether a request is about this store's cluster, or about every one.</summary>
    public bool IsHere(RequestParameters parameters) => parameters.Get(Cluster) is not { } cluster || cluster == options.Cluster;

    /// <summary>The owner that a request names.</summary>
    /// <exception cref="ParameterException">A part of it is missing.</exception>
    public static TopologyOwner Owner(RequestParameters parameters)
    {
        var kind = parameters.Get(Kind) ?? throw Missing(Kind, $"the owner's kind: {string.Join(", ", Kinds)}");
        var space = parameters.Get(OwnerNamespace) ?? (kind == "Node" ? "" : throw Missing(OwnerNamespace, "the owner's namespace"));
        var name = parameters.Get(Name) ?? (kind == "Namespace" ? "" : throw Missing(Name, "the owner's name"));
        return kind == "Namespace" && name.Length > 0 && name != space
            ? throw new ParameterException(Name.Name, name, $"is not the namespace {space}, which kind = Namespace is about", "no name, or the namespace's")
            : new TopologyOwner(kind, kind == "Node" ? "" : space, kind == "Namespace" ? "" : name);
    }

    /// <summary>The flows of a request's window, once what was acknowledged before can be read.</summary>
    /// <exception cref="ParameterException">The window is none.</exception>
    public ValueTask<FlowSelection> SelectAsync(HttpContext context, RequestParameters parameters) =>
        requests.SelectNowAsync(context, now => new FlowSelection(SecondsWindow.Of(parameters, now), FlowFilter.Everything));

    private static ParameterException Missing(ApiParameter parameter, string allowed) => new(parameter.Name, "", "is missing", allowed);
}
