namespace KGuardian.Analytics.Server.Options;

/// <summary>A setting cannot be used; the text names it, its value and what is allowed.</summary>
internal sealed class SettingsException(string setting, string? value, string allowed)
    : Exception($"{setting} = '{value}' cannot be used: {allowed}");
