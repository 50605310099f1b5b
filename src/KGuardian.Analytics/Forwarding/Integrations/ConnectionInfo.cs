using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Forwarding.Integrations;

/// <summary>How a target is reached: members of <see cref="ConnectionMember"/> by name, each as its document has it. Holds secrets.</summary>
/// <param name="members">The members.</param>
[JsonConverter(typeof(ConnectionInfoJson))]
internal sealed class ConnectionInfo(IReadOnlyDictionary<string, JsonElement> members)
{
    /// <summary>Its members.</summary>
    public IReadOnlyDictionary<string, JsonElement> Members => members;

    /// <summary>Host or address, or of the other types a URL.</summary>
    public string ServiceUrl => Text(ConnectionMember.ServiceUrl) ?? "";

    /// <summary>The host of <see cref="ServiceUrl"/>.</summary>
    public string Host =>
        (Uri.TryCreate(ServiceUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url.IdnHost : ServiceUrl).Trim('[', ']');

    /// <summary>Syslog's transport.</summary>
    public string Protocol => Text(ConnectionMember.Protocol) ?? "tcp";

    /// <summary>Syslog's port; 514, of TLS 6514 (RFC 5425).</summary>
    public int Port => Number(ConnectionMember.ServicePort) ?? (Protocol == "tls" ? 6514 : 514);

    /// <summary>Syslog's facility; local0.</summary>
    public int Facility => Number(ConnectionMember.Facility) ?? 16;

    /// <summary>PEM of the authorities that are trusted, and no others; null for the system's.</summary>
    public string? CaCertificate => Text(ConnectionMember.CaCertificate);

    /// <summary>PEM of the certificate that is shown to the target.</summary>
    public string? ClientCertificate => Text(ConnectionMember.ClientCertificate);

    /// <summary>PEM of its key. A secret.</summary>
    public string? ClientKey => Text(ConnectionMember.ClientKey);

    /// <summary>Whether the target's certificate is not looked at.</summary>
    public bool IsInsecure => Flag(ConnectionMember.IsInsecure);

    /// <summary>Splunk's token. A secret.</summary>
    public string? ServiceToken => Text(ConnectionMember.ServiceToken);

    /// <summary>Splunk's index; null for the token's.</summary>
    public string? Index => Text(ConnectionMember.Index);

    /// <summary>Splunk's source type; null for ours.</summary>
    public string? SourceType => Text(ConnectionMember.SourceType);

    /// <summary>Whether Splunk is asked whether it has indexed.</summary>
    public bool UseAck => Flag(ConnectionMember.UseAck);

    /// <summary>Signs bodies. A secret.</summary>
    public string? Secret => Text(ConnectionMember.Secret);

    /// <summary>Headers that are sent along; their values are secrets.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers =>
        members.TryGetValue(ConnectionMember.Headers.Name, out var headers)
            ? [.. headers.EnumerateObject().Select(header => KeyValuePair.Create(header.Name, header.Value.GetString()!))] : [];

    /// <summary>Whether the target is reached over TLS.</summary>
    public bool IsTls(string type) => type == Integration.Syslog ? Protocol == "tls" : ServiceUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Where it is, for people: without path and query, which may hold a secret.</summary>
    public string Describe(string type) => type == Integration.Syslog
        ? string.Create(CultureInfo.InvariantCulture, $"{Protocol}://{ServiceUrl}:{Port}")
        : Uri.TryCreate(ServiceUrl, UriKind.Absolute, out var url) ? $"{url.Scheme}://{url.Authority}" : ServiceUrl;

    /// <inheritdoc/>
    public override string ToString() => "(holds secrets)";

    private string? Text(ConnectionMember member) => members.TryGetValue(member.Name, out var value) ? value.GetString() : null;

    private int? Number(ConnectionMember member) => members.TryGetValue(member.Name, out var value) ? value.GetInt32() : null;

    private bool Flag(ConnectionMember member) => members.TryGetValue(member.Name, out var value) && value.ValueKind == JsonValueKind.True;
}

/// <summary>As an object of its members.</summary>
internal sealed class ConnectionInfoJson : JsonConverter<ConnectionInfo>
{
    /// <inheritdoc/>
    public override ConnectionInfo Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(ref reader, options)!);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ConnectionInfo value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Members, options);
}
