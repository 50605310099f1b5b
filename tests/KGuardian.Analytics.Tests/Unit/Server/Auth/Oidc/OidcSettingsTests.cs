using System.Text.Json;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;

namespace KGuardian.Analytics.Tests.Unit.Server.Auth.Oidc;

/// <summary>The settings of an issuer: what is taken, what is shown, what is refused.</summary>
public sealed class OidcSettingsTests
{
    [Theory]
    [InlineData("https://idp.example/realms/cluster")]
    [InlineData("https://idp.example:8443/")]
    [InlineData("http://localhost:8080/realms/cluster")]
    [InlineData("http://[::1]:8080")]
    public void Authority_is_https_or_on_this_machine(string authority)
    {
        var settings = Read($"--Auth:OidcAuthority={authority}", "--Auth:OidcAudience=kguardian");

        Assert.Equal(new Uri(authority), settings.Auth.OidcAuthority);
        Assert.Equal(
            ("kguardian", "roles", "kguardian-ingest", "kguardian-read", "kguardian-admin"),
            (settings.Auth.OidcAudience, settings.Auth.OidcRoleClaim, settings.Auth.OidcIngestRole, settings.Auth.OidcReadRole, settings.Auth.OidcAdminRole));
        var shown = JsonDocument.Parse(SettingsReport.Describe(settings)).RootElement.GetProperty("Auth");
        Assert.Equal(authority, shown.GetProperty("OidcAuthority").GetString());
        Assert.Equal("kguardian-read", shown.GetProperty("OidcReadRole").GetString());
    }

    [Theory]
    [InlineData(
        "Auth:OidcAuthority = 'http://idp.example/realms/cluster'",
        "--Auth:OidcAuthority=http://idp.example/realms/cluster", "--Auth:OidcAudience=kguardian")]
    [InlineData("Auth:OidcAuthority = 'idp.example'", "--Auth:OidcAuthority=idp.example", "--Auth:OidcAudience=kguardian")]
    [InlineData("Auth:OidcAuthority = '(with user info)'", "--Auth:OidcAuthority=https://user:s3cret@idp.example", "--Auth:OidcAudience=kguardian")]
    [InlineData("Auth:OidcAuthority = 'https://idp.example/?realm=x'", "--Auth:OidcAuthority=https://idp.example/?realm=x", "--Auth:OidcAudience=kguardian")]
    [InlineData("Auth:OidcAudience = ''", "--Auth:OidcAuthority=https://idp.example")]
    [InlineData("Auth:OidcAudience = 'kguardian'", "--Auth:OidcAudience=kguardian")]
    [InlineData("Auth:OidcReadRole = 'readers'", "--Auth:OidcReadRole=readers")]
    [InlineData("Auth:OidcCaFile = '/nowhere'", "--Auth:OidcAuthority=https://idp.example", "--Auth:OidcAudience=kguardian", "--Auth:OidcCaFile=/nowhere")]
    [InlineData("Auth:OidcClientId = 'console'", "--Auth:OidcClientId=console")]
    [InlineData(
        "Auth:OidcScopes = 'profile'", "--Auth:OidcAuthority=https://idp.example", "--Auth:OidcAudience=kguardian", "--Auth:OidcScopes=profile")]
    [InlineData(
        "Auth:OidcScopes = 'openid  x'", "--Auth:OidcAuthority=https://idp.example", "--Auth:OidcAudience=kguardian", "--Auth:OidcScopes=openid  x")]
    [InlineData("Auth:OidcRole = 'x'", "--Auth:OidcRole=x")]
    public void Setting_that_cannot_be_used_is_named(string said, params string[] arguments) =>
        Assert.StartsWith($"{said} cannot be used: ", Assert.Throws<SettingsException>(() => Read(arguments)).Message, StringComparison.Ordinal);

    private static ServerSettings Read(params string[] arguments) => SettingsReader.Read(Configuration.Read(arguments));
}
