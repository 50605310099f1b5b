using System.Globalization;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Upstream;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Upstream:*</c>: the broker that a cluster moves over from.</summary>
internal sealed class UpstreamSettings(SettingsReader reader)
{
    private const string Url = "Upstream:BrokerUrl";
    private const string Token = "Upstream:Token";

    public UpstreamOptions Options()
    {
        var defaults = new UpstreamOptions();
        var url = BrokerUrl();
        return new UpstreamOptions
        {
            BrokerUrl = url,
            Token = BrokerToken(url),
            MaxQueuedBytes = reader.Number("Upstream:MaxQueuedBytes", defaults.MaxQueuedBytes, 1024, 1L << 40),
            Timeout = reader.Time("Upstream:Timeout", defaults.Timeout),
        };
    }

    /// <summary>The section of the report.</summary>
    public static JsonObject Describe(UpstreamOptions options) => new()
    {
        ["BrokerUrl"] = options.BrokerUrl?.ToString(),
        ["Token"] = options.Token is null ? null : ServerSettings.Masked,
        ["MaxQueuedBytes"] = options.MaxQueuedBytes,
        ["Timeout"] = options.Timeout.ToString("c", CultureInfo.InvariantCulture),
    };

    private Uri? BrokerUrl() =>
        reader.Text(Url, Url) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0
            && url.Fragment.Length == 0
        ? url
        : throw new SettingsException(
            Url, text.Contains('@', StringComparison.Ordinal) ? "(with user info)" : text,
            "it must look like http://kguardian-broker:9090, without user info, query and fragment; its token goes into Upstream:Token");

    private string? BrokerToken(Uri? url) =>
        reader.Secret(Token) is not { } token ? null
        // The old broker's own, of whatever length.
        : !token.All(c => c is > ' ' and <= '~')
            ? throw new SettingsException(Token, ServerSettings.Masked, "it must have visible characters of ASCII only, and no spaces")
        : url is not null ? token
        // It would do nothing, and whoever set it thinks that it does.
        : throw new SettingsException(Token, ServerSettings.Masked, $"{Url} must be set as well");
}
