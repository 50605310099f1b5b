using KGuardian.Analytics.Server.Options;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>A file of tokens of one role, one a line; blank lines and those that begin with <c>#</c> are none.</summary>
internal sealed record TokenFile(string Setting, string Path, TokenRole Role)
{
    /// <summary>Its tokens, without the space around them.</summary>
    /// <exception cref="SettingsException">It cannot be read, holds none, or has a line that is no token; the line is told by its number.</exception>
    public string[] Read()
    {
        string[] lines;
        try
        {
            lines = SecretText.ReadLines(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new SettingsException(Setting, Path, $"it must name a readable file: {e.Message}");
        }

        var tokens = new List<string>();
        foreach (var (number, line) in lines.Index())
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            tokens.Add(BearerToken.IsValid(line) ? line : throw new SettingsException(Setting, Path, $"its line {number + 1} is no token: {BearerToken.Form}"));
        }

        return tokens.Count > 0 ? [.. tokens] : throw new SettingsException(Setting, Path, "the file must hold a token, or several on a line each");
    }
}
