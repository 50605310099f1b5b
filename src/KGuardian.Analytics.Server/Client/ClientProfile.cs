using KGuardian.Analytics.Server.Auth;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Client;

/// <summary>
/// A server of the user's own file, <c>$XDG_CONFIG_HOME/kguardian/config</c> or <c>~/.config/kguardian/config</c>: lines <c>key = value</c>, with the
/// <see cref="Keys"/>; those below <c>[name]</c> are of the profile of that name. As it may hold tokens, nobody else may read it.
/// </summary>
internal sealed class ClientProfile
{
    /// <summary>What a line can say.</summary>
    public static readonly IReadOnlyList<string> Keys =
        ["server", "token", "token-file", "ca-file", "client-certificate-file", "client-key-file"];

    private readonly Dictionary<string, (string Text, int Line)> _values;

    private ClientProfile(string path, Dictionary<string, (string Text, int Line)> values)
    {
        Path = path;
        _values = values;
        if (Text("token") is { } token && !BearerToken.IsValid(token))
        {
            throw new UsageException($"{Where("token")} is none: {BearerToken.Form}");
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The server's address as it stands there; null for none.</summary>
    public string? Server => Text("server");

    /// <summary>The value of a key; null for none.</summary>
    public string? Text(string key) => _values.TryGetValue(key, out var value) ? value.Text : null;

    /// <summary>The file that a key names; null for none.</summary>
    public NamedFile? File(string key) => Text(key) is { } path ? new NamedFile(Where(key), path) : null;

    /// <summary>Its token; null for none.</summary>
    /// <exception cref="Options.SettingsException">The file of the token is wrong.</exception>
    public string? Token() => Text("token-file") is { } file ? new TokenFile(Where("token-file"), file, TokenRole.Admin).Read()[0] : Text("token");

    /// <summary>How an error names a key's value.</summary>
    public string Where(string key) => $"{key} in line {_values[key].Line} of {Path}";

    /// <summary>Reads the file; without one, or without a profile, there is no server.</summary>
    /// <param name="name">The profile that is asked for; null for what is above all sections.</param>
    /// <exception cref="UsageException">Others may read it, a line is wrong, or it has no such profile.</exception>
    public static ClientProfile Read(string? name)
    {
        var home = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } set ? set
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        var path = System.IO.Path.Combine(home, "kguardian", "config");
        if (!System.IO.File.Exists(path))
        {
            return name is null ? new(path, []) : throw new UsageException($"there is no profile '{name}': {path} is not there");
        }

        PrivateFile.Check(path, "may hold a token");
        var sections = Parse(path);
        return new(path, sections.GetValueOrDefault(name ?? "") ?? (name is null ? [] : throw new UsageException(
            $"there is no profile '{name}' in {path}; it has {string.Join(", ", sections.Keys.Where(key => key.Length > 0))}")));
    }

    private static Dictionary<string, Dictionary<string, (string Text, int Line)>> Parse(string path)
    {
        Dictionary<string, Dictionary<string, (string Text, int Line)>> sections = new() { [""] = [] };
        var section = sections[""];
        try
        {
            foreach (var (index, line) in SecretText.ReadLines(path).Index())
            {
                if (line.Length == 0 || line[0] == '#')
                {
                    continue;
                }

                if (line[0] == '[' && line[^1] == ']' && line[1..^1].Trim() is { Length: > 0 } name)
                {
                    section = sections.TryAdd(name, []) ? sections[name] : throw new UsageException($"line {index + 1} of {path}: [{name}] is there already");
                }
                else if (line.Split('=', 2, StringSplitOptions.TrimEntries) is [var key, { Length: > 0 } value] && Keys.Contains(key))
                {
                    section[key] = section.ContainsKey(key) ? throw new UsageException($"line {index + 1} of {path}: {key} is there already")
                        : (value, index + 1);
                }
                else
                {
                    // Its text is not repeated: it may be a token.
                    throw new UsageException(
                        $"line {index + 1} of {path} is neither [profile] nor key = value, with one of the keys {string.Join(", ", Keys)}");
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
