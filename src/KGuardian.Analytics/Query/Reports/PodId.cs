using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>
/// How reports name a pod: <c>namespace/name</c>, the name alone when there is no namespace, the pod's address when there is no name, and the
/// empty text when there is none of them.
/// </summary>
internal static class PodId
{
    /// <summary>The id of a row of <c>traffic AS t</c>.</summary>
    internal const string Sql = """
        multiIf(ifNull(t.pod_name, '') = '', ifNull(t.pod_ip, ''), ifNull(t.pod_namespace, '') = '', assumeNotNull(t.pod_name),
            concat(assumeNotNull(t.pod_namespace), '/', assumeNotNull(t.pod_name)))
        """;

    /// <summary>The id of a pod.</summary>
    public static string Of(string? podNamespace, string? name, string? address) =>
        string.IsNullOrEmpty(name) ? address ?? "" : string.IsNullOrEmpty(podNamespace) ? name : $"{podNamespace}/{name}";

    /// <summary>The flows of the pod with an id; of all pods of a name when the id has no namespace.</summary>
    /// <exception cref="FilterException">The text is not well-formed, or too long.</exception>
    public static FlowFilter Filter(string id)
    {
        var ways = new List<FlowFilter> { Is(FlowField.Pod, id) };
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            ways.Add(FlowFilter.And(Is(FlowField.Namespace, id[..slash]), Is(FlowField.Pod, id[(slash + 1)..])));
        }

        if (IpPrefix.TryParse(id, out var address) && address.IsAddress)
        {
            var isNameless = FlowFilter.Or(Is(FlowField.Pod, ""), FlowFilter.Not(FlowFilter.Where(FlowField.Pod, FilterOperator.Exists)));
            ways.Add(FlowFilter.And(isNameless, Is(FlowField.PodIp, id)));
        }

        return FlowFilter.Or(ways);
    }

    /// <summary>The flows of the pod of a namespace and name.</summary>
    /// <param name="podNamespace">Its namespace; "" for none.</param>
    /// <param name="name">Its name.</param>
    public static FlowFilter Filter(string podNamespace, string name)
    {
        var ofNamespace = Is(FlowField.Namespace, podNamespace);
        return FlowFilter.And(
            Is(FlowField.Pod, name),
            podNamespace.Length > 0 ? ofNamespace : FlowFilter.Or(ofNamespace, FlowFilter.Not(FlowFilter.Where(FlowField.Namespace, FilterOperator.Exists))));
    }

    private static FlowFilter Is(FlowField field, string value) => FlowFilter.Where(field, FilterOperator.Equal, value);
}
