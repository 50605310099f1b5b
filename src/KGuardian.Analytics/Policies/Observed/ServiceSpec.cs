using System.Text.Json;

namespace KGuardian.Analytics.Policies.Observed;

/// <summary>What a service says of the pods behind it.</summary>
/// <param name="Selector">Labels of its pods; null when it has no selector: who answers is then not known.</param>
/// <param name="Ports">Its ports.</param>
internal sealed record ServiceSpec(IReadOnlyDictionary<string, string>? Selector, IReadOnlyList<ServicePort> Ports)
{
    /// <summary>Reads a manifest; what is not as Kubernetes has it is left out.</summary>
    public static ServiceSpec Read(byte[]? manifest)
    {
        if (manifest is null)
        {
            return new ServiceSpec(null, []);
        }

        using var document = JsonDocument.Parse(manifest);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("spec"u8, out var spec)
            || spec.ValueKind != JsonValueKind.Object)
        {
            return new ServiceSpec(null, []);
        }

        var selector = spec.TryGetProperty("selector"u8, out var labels) && labels.ValueKind == JsonValueKind.Object
            ? labels.EnumerateObject().Where(label => label.Value.ValueKind == JsonValueKind.String)
                .GroupBy(label => label.Name, StringComparer.Ordinal)
                .ToDictionary(label => label.Key, label => label.Last().Value.GetString()!, StringComparer.Ordinal)
            : [];
        var ports = spec.TryGetProperty("ports"u8, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(ReadPort) : [];
        return new ServiceSpec(selector.Count > 0 ? selector : null, [.. ports.OfType<ServicePort>()]);
    }

    private static ServicePort? ReadPort(JsonElement port)
    {
        if (port.ValueKind != JsonValueKind.Object || !port.TryGetProperty("port"u8, out var number) || number.ValueKind != JsonValueKind.Number
            || !number.TryGetInt32(out var own))
        {
            return null;
        }

        var protocol = port.TryGetProperty("protocol"u8, out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : "TCP";
        return !port.TryGetProperty("targetPort"u8, out var target) ? new ServicePort(protocol, own, own, null)
            : target.ValueKind == JsonValueKind.Number && target.TryGetInt32(out var value) ? new ServicePort(protocol, own, value, null)
            : target.ValueKind == JsonValueKind.String ? new ServicePort(protocol, own, null, target.GetString())
            : new ServicePort(protocol, own, own, null);
    }
}
