using System.Text.Json;

namespace KGuardian.Analytics.Inventory.Parsing;

/// <summary>
/// The ports that a pod's containers say they have, in the form in which a manifest has them: kept of a manifest that comes, and read from what was kept. A
/// manifest that was kept before these were has no list of containers, so that its ports are not known.
/// </summary>
internal static class PortsOfManifest
{
    private const string Tcp = "TCP";

    /// <summary>Whether a pod's <c>spec</c> says which containers there are.</summary>
    public static bool HasContainers(JsonElement spec) =>
        spec.TryGetProperty("containers"u8, out var containers) && containers.ValueKind == JsonValueKind.Array && containers.GetArrayLength() > 0;

    /// <summary>Writes the lists of containers with their ports and nothing else.</summary>
    public static void Write(Utf8JsonWriter json, JsonElement spec)
    {
        WriteList(json, spec, "containers", isInit: false);
        if (Containers(spec, "initContainers", isInit: true).Any(HasPorts))
        {
            WriteList(json, spec, "initContainers", isInit: true);
        }
    }

    /// <summary>The named ports of a kept manifest: protocol (TCP, UDP, SCTP) and name, with the number. Null when they are not known.</summary>
    public static IReadOnlyDictionary<(string Protocol, string Name), int>? Read(byte[]? manifest)
    {
        if (manifest is null || manifest.AsSpan().IndexOf("\"containers\""u8) < 0)
        {
            return null;
        }

        using var document = JsonDocument.Parse(manifest);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("spec"u8, out var spec)
            || spec.ValueKind != JsonValueKind.Object || !HasContainers(spec))
        {
            return null;
        }

        var ports = new Dictionary<(string, string), int>();
        foreach (var container in Containers(spec, "containers", isInit: false).Concat(Containers(spec, "initContainers", isInit: true)).Where(HasPorts))
        {
            foreach (var port in container.GetProperty("ports"u8).EnumerateArray())
            {
                if (port.ValueKind == JsonValueKind.Object && Text(port, "name") is { } name
                    && port.TryGetProperty("containerPort"u8, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value))
                {
                    // The first container that has it counts, as for the kubelet.
                    ports.TryAdd((Text(port, "protocol") ?? Tcp, name), value);
                }
            }
        }

        return ports;
    }

    private static void WriteList(Utf8JsonWriter json, JsonElement spec, string list, bool isInit)
    {
        json.WriteStartArray(list);
        foreach (var container in Containers(spec, list, isInit).Where(HasPorts))
        {
            json.WriteStartObject();
            if (isInit)
            {
                json.WriteString("restartPolicy"u8, "Always"u8);
            }

            json.WritePropertyName("ports"u8);
            container.GetProperty("ports"u8).WriteTo(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Containers that run as long as the pod: of those that come first only the ones that are started again.</summary>
    private static IEnumerable<JsonElement> Containers(JsonElement spec, string list, bool isInit) =>
        spec.TryGetProperty(list, out var containers) && containers.ValueKind == JsonValueKind.Array
            ? containers.EnumerateArray().Where(container =>
                container.ValueKind == JsonValueKind.Object && (!isInit || Text(container, "restartPolicy") == "Always"))
            : [];

    private static bool HasPorts(JsonElement container) =>
        container.TryGetProperty("ports"u8, out var ports) && ports.ValueKind == JsonValueKind.Array && ports.GetArrayLength() > 0;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
