using System.Text.Json.Nodes;
using KGuardian.Analytics.Exports;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Exports:*</c>.</summary>
internal sealed class ExportSettings(SettingsReader reader)
{
    public ExportOptions Options()
    {
        var defaults = new ExportOptions();
        return new ExportOptions
        {
            Enabled = reader.Flag("Exports:Enabled", defaults.Enabled),
            MaxBytes = reader.Number("Exports:MaxBytes", defaults.MaxBytes, 1L << 20, 1L << 50),
            TimeLimit = reader.Time("Exports:TimeLimit", defaults.TimeLimit),
        };
    }

    /// <summary>The section of the report.</summary>
    public static JsonObject Describe(ExportOptions options) => new()
    {
        ["Enabled"] = options.Enabled,
        ["MaxBytes"] = options.MaxBytes,
        ["TimeLimit"] = options.TimeLimit.ToString("c"),
    };
}
