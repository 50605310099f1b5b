using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KGuardian.Analytics.Inventory.Parsing;

/// <summary>
/// What is kept of a manifest: all but its status and <c>metadata.managedFields</c>, and of a pod's <c>spec</c> only <c>hostNetwork</c> and the ports of
/// containers (<see cref="PortsOfManifest"/>), which makes a tenth of it or less. Compact JSON; values are as they came, numbers digit by digit.
/// </summary>
internal static class Manifest
{
    /// <summary>Kubernetes allows 256 KiB of annotations, which are most of what is kept.</summary>
    public const int MostBytes = 1 << 20;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>What is kept of a pod's.</summary>
    /// <param name="document">The object that has it.</param>
    /// <param name="name">Its member.</param>
    /// <exception cref="SpecException">It is no object, or too much is to be kept.</exception>
    public static byte[]? OfPod(SpecDocument document, string name) => Keep(document, name, WritePodMember);

    /// <summary>What is kept of a service's.</summary>
    /// <param name="document">The object that has it.</param>
    /// <param name="name">Its member.</param>
    /// <exception cref="SpecException">It is no object, or too much is to be kept.</exception>
    public static byte[]? OfService(SpecDocument document, string name) => Keep(document, name, WriteServiceMember);

    /// <summary>An object as it is.</summary>
    /// <param name="document">The object that has it.</param>
    /// <param name="name">Its member.</param>
    /// <exception cref="SpecException">It is no object, or too large.</exception>
    public static byte[]? Whole(SpecDocument document, string name) => Keep(document, name, (json, member) => member.WriteTo(json));

    private static byte[]? Keep(SpecDocument document, string name, Action<Utf8JsonWriter, JsonProperty> write)
    {
        if (document.Member(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new SpecException(name, $"is no object but {SpecDocument.Kind(value)}", "an object, or null");
        }

        var kept = new ArrayBufferWriter<byte>(2048);
        using var json = new Utf8JsonWriter(kept, Compact);
        try
        {
            WriteObject(json, value, write);
            json.Flush();
        }
        catch (InvalidOperationException)
        {
            throw SpecDocument.NoText(name);
        }

        return kept.WrittenCount <= MostBytes ? kept.WrittenSpan.ToArray()
            : throw new SpecException(name, $"has {kept.WrittenCount} bytes to be kept",
                $"{MostBytes} bytes at most, without status and managedFields");
    }

    private static void WritePodMember(Utf8JsonWriter json, JsonProperty member)
    {
        if (!member.NameEquals("spec"u8))
        {
            WriteServiceMember(json, member);
        }
        else if (member.Value.ValueKind == JsonValueKind.Object)
        {
            var host = member.Value.TryGetProperty("hostNetwork"u8, out var said) && said.ValueKind != JsonValueKind.Null ? said : (JsonElement?)null;
            var hasContainers = PortsOfManifest.HasContainers(member.Value);
            if (host is null && !hasContainers)
            {
                return;
            }

            json.WriteStartObject("spec"u8);
            if (host is { } network)
            {
                json.WritePropertyName("hostNetwork"u8);
                network.WriteTo(json);
            }

            if (hasContainers)
            {
                PortsOfManifest.Write(json, member.Value);
            }

            json.WriteEndObject();
        }
    }

    private static void WriteServiceMember(Utf8JsonWriter json, JsonProperty member)
    {
        if (member.NameEquals("metadata"u8) && member.Value.ValueKind == JsonValueKind.Object)
        {
            json.WritePropertyName("metadata"u8);
            WriteObject(json, member.Value, WriteMetadataMember);
        }
        else if (!member.NameEquals("status"u8))
        {
            member.WriteTo(json);
        }
    }

    private static void WriteMetadataMember(Utf8JsonWriter json, JsonProperty member)
    {
        if (!member.NameEquals("managedFields"u8))
        {
            member.WriteTo(json);
        }
    }

    private static void WriteObject(Utf8JsonWriter json, JsonElement value, Action<Utf8JsonWriter, JsonProperty> write)
    {
        json.WriteStartObject();
        foreach (var member in value.EnumerateObject())
        {
            write(json, member);
        }

        json.WriteEndObject();
    }
}
