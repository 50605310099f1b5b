using System.CommandLine;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>How a command finds a running server: by its address, or by the data directory, where each says where it listens.</summary>
internal sealed class ServerOptions
{
    private readonly Option<string> _server = new("--server")
    {
        Description = "Address of a running server, such as https://analytics:9090. "
            + "Default: the one that uses KGUARDIAN_DATA_DIR on this machine, if there is one.",
        HelpName = "url",
    };

    private readonly Option<string> _tokenFile = new("--token-file")
    {
        Description = "File with a token of that server's that has the role admin. Default: the token that the settings name.",
        HelpName = "file",
    };

    private readonly Option<string> _profile = new("--profile")
    {
        Description = "Which server of ~/.config/kguardian/config. Default: KGUARDIAN_PROFILE, else what is above all sections there.",
        HelpName = "name",
    };

    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_tokenFile);
    }

    /// <summary>Of a verb that is a client's only: its server may also be in the environment or in the user's file.</summary>
    public void AddWithProfileTo(Command command)
    {
        AddTo(command);
        command.Add(_profile);
    }

    /// <summary>The server to ask: of the option, the environment, this machine's data directory, or the user's file.</summary>
    /// <exception cref="UsageException">There is none, or an option is wrong; of a token's file, <see cref="SettingsException"/>.</exception>
    public ServerClient Require(ParseResult arguments, ServerSettings settings)
    {
        var profile = ClientProfile.Read(arguments.GetValue(_profile));
        var address = arguments.GetValue(_server) is { } text ? Parse("--server", text)
            : Environment.GetEnvironmentVariable("KGUARDIAN_SERVER") is { Length: > 0 } named ? Parse("KGUARDIAN_SERVER", named)
            : (arguments.GetValue(_profile) is null ? ServerAddress.Find(settings.DataDirectory) : null)
                ?? (profile.Server is { } filed ? Parse($"server in {profile.Path}", filed)
                : throw new UsageException(
                    $"no server runs here; name one by --server, KGUARDIAN_SERVER, or 'server = http://host:9090' in {profile.Path}"));
        var isProfiles = profile.Server is { } own && Parse("server", own) == address;
        return new ServerClient(address, Token(arguments.GetValue(_tokenFile), settings, isProfiles ? profile.Token : null));
    }

    /// <summary>The server to ask; null when none runs here.</summary>
    /// <exception cref="UsageException">An option is wrong; of a token's file, <see cref="SettingsException"/>.</exception>
    public ServerClient? Find(ParseResult arguments, ServerSettings settings)
    {
        var address = arguments.GetValue(_server) is { } text ? Parse("--server", text) : ServerAddress.Find(settings.DataDirectory);
        return address is null ? null : new ServerClient(address, Token(arguments.GetValue(_tokenFile), settings, null));
    }

    private static Uri Parse(string name, string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        ? url : throw new UsageException($"{name} '{text}' must look like http://host:9090");

    /// <summary>A token in a file of profiles goes to that profile's server only.</summary>
    private static string? Token(string? file, ServerSettings settings, string? ofProfile) =>
        file is not null ? new TokenFile("--token-file", file, TokenRole.Admin).Read()[0]
        : Environment.GetEnvironmentVariable("KGUARDIAN_TOKEN") is { Length: > 0 } token ? BearerToken.IsValid(token.Trim())
            ? token.Trim() : throw new UsageException($"KGUARDIAN_TOKEN is no token: {BearerToken.Form}")
        : Environment.GetEnvironmentVariable("KGUARDIAN_TOKEN_FILE") is { Length: > 0 } other
            ? new TokenFile("KGUARDIAN_TOKEN_FILE", other, TokenRole.Admin).Read()[0]
        : ofProfile ?? settings.AuthToken ?? settings.Auth.Files().FirstOrDefault(known => known.Role == TokenRole.Admin)?.Read()[0];
}
