using System.CommandLine;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>
/// How a verb finds a running server: by its options, the environment, the data directory of a server on this machine, or the user's file of servers.
/// The one place where verbs get it from.
/// </summary>
internal sealed class ServerOptions
{
    private readonly Option<string> _server = new("--server")
    {
        Description = "Address of a running server, such as https://analytics:9090. "
            + "Default: KGUARDIAN_SERVER, else the one that uses KGUARDIAN_DATA_DIR on this machine, if there is one.",
        HelpName = "url",
    };

    private readonly Option<string> _tokenFile = new("--token-file")
    {
        Description = "File with a token of that server's. Default: KGUARDIAN_TOKEN, KGUARDIAN_TOKEN_FILE, or the token that the settings name.",
        HelpName = "file",
    };

    private readonly Option<string> _caFile = new("--ca-file")
    {
        Description = "PEM file of the authorities that are trusted for https. Default: KGUARDIAN_CA_FILE, else the system's.",
        HelpName = "file",
    };

    private readonly Option<string> _profile = new("--profile")
    {
        Description = "Which server of ~/.config/kguardian/config. Default: KGUARDIAN_PROFILE; "
            + "for verbs that need a server else what is above all sections there.",
        HelpName = "name",
    };

    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_tokenFile);
        command.Add(_caFile);
        command.Add(_profile);
    }

    /// <summary>The server to ask.</summary>
    /// <exception cref="UsageException">There is none, or an option is wrong; of a token's file, <see cref="SettingsException"/>.</exception>
    public ServerClient Require(ParseResult arguments, ServerSettings settings)
    {
        var name = Profile(arguments);
        var profile = ClientProfile.Read(name);
        return Open(arguments, settings, profile, Named(arguments)
            ?? (name is null ? ServerAddress.Find(settings.DataDirectory) : null)
            ?? (profile.Server is { } filed ? Parse(profile.Where("server"), filed)
            : throw new UsageException($"no server runs here; name one by --server, KGUARDIAN_SERVER, or 'server = http://host:9090' in {profile.Path}")));
    }

    /// <summary>
    /// The server to ask; null when none runs here and none is named: then the verb works on the store itself. What stands above all sections of the
    /// user's file does not count, so that a backup of this machine's store never becomes one of another's.
    /// </summary>
    /// <exception cref="UsageException">An option is wrong; of a token's file, <see cref="SettingsException"/>.</exception>
    public ServerClient? Find(ParseResult arguments, ServerSettings settings)
    {
        if (Profile(arguments) is not null)
        {
            return Require(arguments, settings);
        }

        return (Named(arguments) ?? ServerAddress.Find(settings.DataDirectory)) is { } address ? Open(arguments, settings, null, address) : null;
    }

    private ServerClient Open(ParseResult arguments, ServerSettings settings, ClientProfile? profile, Uri address)
    {
        // What stands in the file goes to the server that it stands with, and to no other.
        var own = profile?.Server is { } filed && Parse(profile.Where("server"), filed) == address ? profile : null;
        return new ServerClient(address, Token(arguments.GetValue(_tokenFile), settings, own), new ClientTls(
            File("--ca-file", arguments.GetValue(_caFile)) ?? Variable("KGUARDIAN_CA_FILE") ?? own?.File("ca-file"),
            Variable("KGUARDIAN_CLIENT_CERTIFICATE_FILE") ?? own?.File("client-certificate-file"),
            Variable("KGUARDIAN_CLIENT_KEY_FILE") ?? own?.File("client-key-file")));

        static NamedFile? File(string name, string? path) => path is { Length: > 0 } ? new NamedFile(name, path) : null;

        static NamedFile? Variable(string name) => File(name, Environment.GetEnvironmentVariable(name));
    }

    private string? Profile(ParseResult arguments) => arguments.GetValue(_profile)
        ?? (Environment.GetEnvironmentVariable("KGUARDIAN_PROFILE") is { Length: > 0 } wanted ? wanted : null);

    /// <summary>An address that was typed comes before all; one of the environment before all but a profile that was typed.</summary>
    private Uri? Named(ParseResult arguments) => arguments.GetValue(_server) is { } text ? Parse("--server", text)
        : arguments.GetValue(_profile) is null && Environment.GetEnvironmentVariable("KGUARDIAN_SERVER") is { Length: > 0 } named
            ? Parse("KGUARDIAN_SERVER", named) : null;

    private static Uri Parse(string name, string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        ? url : throw new UsageException($"{name} '{text}' must look like http://host:9090");

    private static string? Token(string? file, ServerSettings settings, ClientProfile? profile) =>
        file is not null ? new TokenFile("--token-file", file, TokenRole.Admin).Read()[0]
        : Environment.GetEnvironmentVariable("KGUARDIAN_TOKEN") is { Length: > 0 } token ? BearerToken.IsValid(token.Trim())
            ? token.Trim() : throw new UsageException($"KGUARDIAN_TOKEN is no token: {BearerToken.Form}")
        : Environment.GetEnvironmentVariable("KGUARDIAN_TOKEN_FILE") is { Length: > 0 } other
            ? new TokenFile("KGUARDIAN_TOKEN_FILE", other, TokenRole.Admin).Read()[0]
        : profile?.Token() ?? settings.AuthToken ?? settings.Auth.Files().FirstOrDefault(known => known.Role == TokenRole.Admin)?.Read()[0];
}
