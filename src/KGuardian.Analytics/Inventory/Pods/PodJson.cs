using System.Text.Json;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>A pod as the broker's contract shows it: PodDetail.</summary>
internal static class PodJson
{
    /// <summary>Writes a pod.</summary>
    public static void Write(Utf8JsonWriter json, PodState pod) => Write(json, pod, pod.HostNetwork);

    /// <summary>Writes a pod, and whether it has its node's addresses also where the manifest alone says so.</summary>
    public static void WriteWithHostNetwork(Utf8JsonWriter json, PodState pod) => Write(json, pod, HostNetworkOf(pod));

    /// <summary>Whether a pod has its node's addresses: as the agent says, else as the manifest does.</summary>
    internal static bool HostNetworkOf(PodState pod)
    {
        // Nearly all have none, and 50,000 manifests are looked at.
        if (pod.HostNetwork is not null || pod.Manifest is null || pod.Manifest.AsSpan().IndexOf("\"hostNetwork\""u8) < 0)
        {
            return pod.HostNetwork ?? false;
        }

        using var manifest = JsonDocument.Parse(pod.Manifest);
        return manifest.RootElement.ValueKind == JsonValueKind.Object && manifest.RootElement.TryGetProperty("spec", out var spec)
            && spec.ValueKind == JsonValueKind.Object && spec.TryGetProperty("hostNetwork", out var said) && said.ValueKind == JsonValueKind.True;
    }

    private static void Write(Utf8JsonWriter json, PodState pod, bool? hostNetwork)
    {
        json.WriteStartObject();
        json.WriteString("pod_name"u8, pod.Name);
        json.WriteString("pod_ip"u8, pod.Ip);
        json.WriteString("pod_namespace"u8, pod.Namespace.Length > 0 ? pod.Namespace : null);
        WriteRaw(json, "pod_obj"u8, pod.Manifest);
        json.WriteString("time_stamp"u8, TimestampText.Format(pod.TimeMicros));
        json.WriteString("node_name"u8, pod.Node);
        json.WriteBoolean("is_dead"u8, pod.IsDead);
        json.WriteString("pod_identity"u8, pod.Identity);
        WriteRaw(json, "workload_selector_labels"u8, pod.SelectorLabels);
        if (hostNetwork is { } said)
        {
            // Only agents that know of it send it, and read it.
            json.WriteBoolean("host_network"u8, said);
        }

        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, byte[]? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(value, skipInputValidation: true);
        }
    }
}
