using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;

namespace KGuardian.Analytics.Inventory.Parsing;

/// <summary>
/// Reads bodies of agents: what they say of pods and services. Every method throws <see cref="SpecException"/> for a body that is not as it has to
/// be.
/// </summary>
internal static class SpecParser
{
    /// <summary>A PodDetail, compacted.</summary>
    /// <param name="body">The body.</param>
    /// <param name="now">For a time that is not known, in microseconds since 1970.</param>
    public static PodState Pod(ReadOnlyMemory<byte> body, long now)
    {
        using var parsed = SpecDocument.Parse(body);
        return Pod(new SpecDocument(parsed.RootElement), now);
    }

    /// <summary>A PodDetail that is part of a body, compacted.</summary>
    public static PodState Pod(SpecDocument document, long now) => new()
    {
        Namespace = document.Text("pod_namespace") ?? "",
        Name = document.RequiredText("pod_name"),
        Ip = document.RequiredText("pod_ip"),
        Node = document.RequiredText("node_name"),
        IsDead = document.RequiredFlag("is_dead"),
        TimeMicros = document.RequiredTime("time_stamp", now),
        Identity = document.Text("pod_identity"),
        HostNetwork = document.Flag("host_network"),
        Manifest = Manifest.OfPod(document, "pod_obj"),
        SelectorLabels = Manifest.Whole(document, "workload_selector_labels"),
    };

    /// <summary>A SvcDetail, compacted.</summary>
    /// <param name="body">The body.</param>
    /// <param name="now">For a time that is not known, in microseconds since 1970.</param>
    public static ServiceState Service(ReadOnlyMemory<byte> body, long now)
    {
        using var parsed = SpecDocument.Parse(body);
        return Service(new SpecDocument(parsed.RootElement), now);
    }

    /// <summary>A SvcDetail that is part of a body, compacted.</summary>
    public static ServiceState Service(SpecDocument document, long now) => new()
    {
        Ip = document.RequiredText("svc_ip"),
        Name = document.Text("svc_name"),
        Namespace = document.Text("svc_namespace"),
        Manifest = Manifest.OfService(document, "service_spec"),
        TimeMicros = document.RequiredTime("time_stamp", now),
    };

    /// <summary>That a pod ended.</summary>
    public static PodDeath Death(ReadOnlyMemory<byte> body)
    {
        using var parsed = SpecDocument.Parse(body);
        var document = new SpecDocument(parsed.RootElement);
        return new PodDeath(
            document.RequiredText("pod_name").Trim(),
            document.Text("pod_ip")?.Trim() is { Length: > 0 } ip ? ip : null,
            document.Text("pod_namespace")?.Trim() is { Length: > 0 } podNamespace ? podNamespace : null);
    }
}
