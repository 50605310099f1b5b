using KGuardian.Analytics.Server.Auth;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Client;

/// <summary>
/// The user's own file of servers, <c>$XDG_CONFIG_HOME/kguardian/config</c> or <c>~/.config/kguardian/config</c>: lines <c>server = url</c>, <c>token =
/// …</c> and <c>token-file = path</c>; those below <c>[name]</c> are of the profile of that name. As it may hold tokens, nobody else may read it.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Server">The server's address; null for none.</param>
/// <param name="Token">Its token; null for none.</param>
internal sealed record ClientProfile(string Path, string? Server, string? Token)
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads the file; without one, or without a profile, there is no server.</summary>
    /// <param name="name">The profile that is asked for; null for that of <c>KGUARDIAN_PROFILE</c>, or what is above all sections.</param>
    /// <exception cref="UsageException">Others may read it, a line is wrong, or it has no such profile.</exception>
    public static ClientProfile Read(string? name)
    {
        var home = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } set ? set
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        var path = System.IO.Path.Combine(home, "kguardian", "config");
        name ??= Environment.GetEnvironmentVariable("KGUARDIAN_PROFILE") is { Length: > 0 } wanted ? wanted : null;
        if (!File.Exists(path))
        {
            return name is null ? new(path, null, null) : throw new UsageException($"there is no profile '{name}': {path} is not there");
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new UsageException($"others may read or write {path}, which may hold a token: chmod 600 {path}");
        }

        var sections = Parse(path);
        var values = sections.GetValueOrDefault(name ?? "") ?? (name is null ? [] : throw new UsageException(
            $"there is no profile '{name}' in {path}; it has {string.Join(", ", sections.Keys.Where(key => key.Length > 0))}"));
        var token = values.TryGetValue("token-file", out var file) ? new TokenFile($"token-file in {path}", file, TokenRole.Admin).Read()[0]
            : values.GetValueOrDefault("token");
        return token is null || BearerToken.IsValid(token) ? new(path, values.GetValueOrDefault("server"), token)
            : throw new UsageException($"token in {path} is none: {BearerToken.Form}");
    }

    private static Dictionary<string, Dictionary<string, string>> Parse(string path)
    {
        Dictionary<string, Dictionary<string, string>> sections = new() { [""] = [] };
        var section = sections[""];
        try
        {
            foreach (var (number, line) in SecretText.ReadLines(path).Index())
            {
                if (line.Length == 0 || line[0] == '#')
                {
                    continue;
                }

                if (line[0] == '[' && line[^1] == ']' && line.Length > 2)
                {
                    section = sections[line[1..^1].Trim()] = [];
                }
                else if (line.Split('=', 2, StringSplitOptions.TrimEntries) is [("server" or "token" or "token-file") and var key, { Length: > 0 } value])
                {
                    section[key] = value;
                }
                else
                {
                    // Its text is not repeated: it may be a token.
                    throw new UsageException($"line {number + 1} of {path} is none of: [profile], server = url, token = text, token-file = path");
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new UsageException($"{path}: {e.Message}");
        }

        return sections;
    }
}
