using System.CommandLine;
using KGuardian.Analytics.Server.Auth;
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

    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_tokenFile);
    }

    /// <summary>The server to ask; null when none runs here.</summary>
    /// <exception cref="UsageException">An option is wrong; of a token's file, <see cref="SettingsException"/>.</exception>
    public ServerClient? Find(ParseResult arguments, ServerSettings settings)
    {
        var address = arguments.GetValue(_server) is not { } text ? ServerAddress.Find(settings.DataDirectory)
            : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
            : throw new UsageException($"--server '{text}' must look like http://host:9090");
        return address is null ? null : new ServerClient(address, Token(arguments.GetValue(_tokenFile), settings));
    }

    private static string? Token(string? file, ServerSettings settings) =>
        file is not null ? new TokenFile("--token-file", file, TokenRole.Admin).Read()[0]
        : settings.AuthToken ?? settings.Auth.Files().FirstOrDefault(known => known.Role == TokenRole.Admin)?.Read()[0];
}
