using System.Text.Json.Nodes;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Forwarding:*</c>.</summary>
internal sealed class ForwardingSettings(SettingsReader reader)
{
    private const string HostName = "Forwarding:HostName";

    /// <summary>Of RFC 5424.</summary>
    private const int LongestHost = 255;

    public ForwardingOptions Options()
    {
        var defaults = new ForwardingOptions();
        return new ForwardingOptions
        {
            Enabled = reader.Flag("Forwarding:Enabled", defaults.Enabled),
            AllowedTargets = reader.Networks("Forwarding:AllowedTargets"),
            HostName = reader.Text(HostName, HostName) is not { } name ? defaults.HostName
                : name.Length <= LongestHost && name.All(c => c is > ' ' and <= '~') ? name
                : throw new SettingsException(HostName, name, $"it must have 1 to {LongestHost} visible characters of ASCII"),
        };
    }

    /// <summary>The section of the report.</summary>
    public static JsonObject Describe(ForwardingOptions options) => new()
    {
        ["Enabled"] = options.Enabled,
        ["AllowedTargets"] = options.AllowedTargets.Count == 0 ? null : string.Join(',', options.AllowedTargets),
        ["HostName"] = options.HostName,
    };
}
