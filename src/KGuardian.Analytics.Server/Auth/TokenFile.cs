using KGuardian.Analytics.Server.Settings;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>A file of tokens of one role.</summary>
internal sealed record TokenFile(string Setting, string Path, TokenRole Role)
{
    /// <summary>Its tokens: one a line, without the space around them.</summary>
    /// <exception cref="SettingsException">It cannot be read, or holds none.</exception>
    public string[] Read()
    {
        try
        {
            return File.ReadAllText(Path).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } tokens
                ? tokens
                : throw new SettingsException(Setting, Path, "the file must hold a token, or several on a line each");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(Setting, Path, $"it must name a readable file: {e.Message}");
        }
    }
}
