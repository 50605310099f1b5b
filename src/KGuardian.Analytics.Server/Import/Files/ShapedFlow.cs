using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>A flow that a row was made into.</summary>
internal sealed class ShapedFlow
{
    private readonly Dictionary<string, string?> _members = [];

    /// <summary>Whether the row is not about a flow that is kept.</summary>
    public bool IsIgnored { get; init; }

    /// <summary>The member at fault and what is wrong with it; null for nothing.</summary>
    public (string Field, string Reason)? Fault { get; init; }

    /// <summary>A member's text; null for none.</summary>
    public string? this[string member]
    {
        get => _members.GetValueOrDefault(member);
        set => _members[member] = value;
    }

    /// <summary>Writes it as JSON. Without a uuid it gets one of what it says, so that the same row has the same one again.</summary>
    public void Write(ArrayBufferWriter<byte> to)
    {
        if (string.IsNullOrEmpty(this["uuid"]))
        {
            this["uuid"] = null;
            var digest = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(FlowShape.Members.Select(member => this[member])));
            this["uuid"] = new Guid(digest.AsSpan(0, 16)).ToString("D");
        }

        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        foreach (var member in FlowShape.Members)
        {
            json.WriteString(member, this[member]);
        }

        json.WriteEndObject();
    }
}
