using System.Text.Json;

namespace KGuardian.Analytics.Forwarding.Integrations;

/// <summary>A member of a connection's document, and what is allowed there.</summary>
/// <param name="Name">Its name, as it is shown; it may come in any case.</param>
/// <param name="Allowed">What is allowed, for people.</param>
/// <param name="IsTaken">Whether a value is. It is neither null nor an empty text, which remove the member.</param>
internal sealed record ConnectionMember(string Name, string Allowed, Func<JsonElement, bool> IsTaken)
{
    /// <summary>Characters of a chain of some certificates.</summary>
    private const int LongestPem = 32 << 10;

    private const int LongestText = 1024;
    private const int MostHeaders = 16;

    public static readonly ConnectionMember ServiceUrl = Text("ServiceURL", 2048);

    public static readonly ConnectionMember ServicePort = Number("ServicePort", 1, 65535) with { Types = [Integration.Syslog] };

    public static readonly ConnectionMember Protocol = Word("Protocol", "tcp", "udp", "tls") with { Types = [Integration.Syslog] };

    public static readonly ConnectionMember Facility = Number("Facility", 0, 23) with { Types = [Integration.Syslog] };

    public static readonly ConnectionMember MessageFormat = Word("MessageFormat", "RFC_5424") with { Types = [Integration.Syslog] };

    public static readonly ConnectionMember CaCertificate = Text("CaCertificate", LongestPem);

    public static readonly ConnectionMember ClientCertificate = Text("ClientCertificate", LongestPem);

    public static readonly ConnectionMember ClientKey = Text("ClientKey", LongestPem) with { IsSecret = true };

    public static readonly ConnectionMember IsInsecure = Flag("IsInsecure");

    public static readonly ConnectionMember ServiceToken = new("ServiceToken", "1 to 1024 visible ASCII characters", IsVisible)
    {
        Types = [Integration.Splunk],
        IsSecret = true,
    };

    public static readonly ConnectionMember Index = Text("Index", 255) with { Types = [Integration.Splunk] };

    public static readonly ConnectionMember SourceType = Text("SourceType", 255) with { Types = [Integration.Splunk] };

    public static readonly ConnectionMember UseAck = Flag("UseAck") with { Types = [Integration.Splunk] };

    public static readonly ConnectionMember Secret = Text("Secret", LongestText) with { Types = [Integration.Webhook, Integration.Otlp], IsSecret = true };

    public static readonly ConnectionMember Headers = new(
        "Headers", "an object of at most 16 headers, none of them Host, Connection, Content-* or Transfer-Encoding, with values of visible ASCII characters",
        value => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() is > 0 and <= MostHeaders && value.EnumerateObject().All(IsHeader))
    {
        Types = [Integration.Webhook, Integration.Otlp],
        IsSecret = true,
    };

    /// <summary>Every one.</summary>
    public static readonly IReadOnlyList<ConnectionMember> All =
    [
        ServiceUrl, ServicePort, Protocol, Facility, MessageFormat, CaCertificate, ClientCertificate, ClientKey, IsInsecure, ServiceToken, Index, SourceType,
        UseAck, Secret, Headers,
    ];

    /// <summary>The types of integrations that have it; all unless it says otherwise.</summary>
    public IReadOnlyList<string> Types { get; private init; } = Integration.Types;

    /// <summary>Whether it is never shown.</summary>
    public bool IsSecret { get; private init; }

    private static ConnectionMember Text(string name, int longest) => new(
        name, $"a text of at most {longest} characters",
        value => value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= longest);

    private static ConnectionMember Number(string name, int least, int most) => new(
        name, $"{least} to {most}", value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most);

    private static ConnectionMember Flag(string name) => new(name, "true or false", value => value.ValueKind is JsonValueKind.True or JsonValueKind.False);

    private static ConnectionMember Word(string name, params string[] words) => new(
        name, string.Join(", ", words), value => value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()));

    private static bool IsVisible(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= LongestText } text && text.All(c => c is > ' ' and <= '~');

    private static bool IsHeader(JsonProperty header) =>
        header.Name.Length is > 0 and <= 128 && header.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && !header.Name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        && !new[] { "Host", "Connection", "Transfer-Encoding" }.Contains(header.Name, StringComparer.OrdinalIgnoreCase)
        && header.Value.ValueKind == JsonValueKind.String && header.Value.GetString() is { Length: <= LongestText } text
        && text.All(c => c is >= ' ' and <= '~');
}
