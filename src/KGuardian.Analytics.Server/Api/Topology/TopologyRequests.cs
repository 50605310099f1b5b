using System.Globalization;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Topology;

/// <summary>Binds what the routes of <c>/api/v1/networkTopology</c> have in common.</summary>
internal sealed class TopologyRequests(FlowRequests requests, TopologyOptions options)
{
    /// <summary>The last second whose nanoseconds 64 bits hold: more is no time in seconds.</summary>
    private const long LastSecond = 9_223_372_036;

    private static readonly TimeSpan DefaultWindow = TimeSpan.FromHours(24);

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

    /// <summary>The begin of the window.</summary>
    public static readonly ApiParameter<long?> From = Seconds("from", "Begin of the window of first-seen time, in whole seconds since 1970.");

    /// <summary>Its end.</summary>
    public static readonly ApiParameter<long?> To = Seconds(
        "to", "Its end, in whole seconds since 1970: all of that second is part of it. It may lie in the future.");

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
    public ValueTask<FlowSelection> SelectAsync(HttpContext context, RequestParameters parameters)
    {
        var (from, to) = (parameters.Get(From), parameters.Get(To));
        if (from > to)
        {
            throw new ParameterException(From.Name, parameters.TextOf(From), $"is behind to, which is {to}", "a second that is not behind to");
        }

        return requests.SelectNowAsync(context, now =>
        {
            // All of the last second is in the window.
            var end = to is { } second ? DateTimeOffset.FromUnixTimeSeconds(second + 1) : now;
            var begin = from is { } first ? DateTimeOffset.FromUnixTimeSeconds(first)
                : end - DateTimeOffset.UnixEpoch < DefaultWindow ? DateTimeOffset.UnixEpoch : end - DefaultWindow;
            return new FlowSelection(new TimeWindow(begin, begin < end ? end : begin.AddSeconds(1)), FlowFilter.Everything);
        });
    }

    private static ParameterException Missing(ApiParameter parameter, string allowed) => new(parameter.Name, "", "is missing", allowed);

    private static ApiParameter<long?> Seconds(string name, string text) =>
        new(name, text, new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = LastSecond }, given => Read(name, given), absent: null)
        {
            Example = 1_778_580_000,
        };

    private static long? Read(string name, string text) =>
        text.Length is 0 or > 20 || text.Any(c => !char.IsAsciiDigit(c))
            ? throw new ParameterException(name, text, "is not a time", "whole seconds since 1970, decimal digits only")
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LastSecond ? seconds
        : throw new ParameterException(name, text, "is too large", $"seconds, not nanoseconds: 0 to {LastSecond}");
}
