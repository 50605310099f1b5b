using System.Text.Json;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>A pod as the broker's contract shows it: PodDetail.</summary>
internal static class PodJson
{
    /// <summary>Writes a pod.</summary>
    public static void Write(Utf8JsonWriter json, PodState pod)
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
        if (pod.HostNetwork is { } said)
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
