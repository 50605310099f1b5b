using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Options;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Auth:*</c>: files of tokens, and an OIDC issuer.</summary>
internal sealed class AuthSettings(SettingsReader reader)
{
    private const string AuthoritySetting = "Auth:OidcAuthority";
    private const string AudienceSetting = "Auth:OidcAudience";

    public AuthOptions Options()
    {
        var defaults = new AuthOptions();
        var authority = Authority();
        return new AuthOptions
        {
            IngestTokenFile = reader.Text("Auth:IngestTokenFile", "Auth:IngestTokenFile"),
            ReadTokenFile = reader.Text("Auth:ReadTokenFile", "Auth:ReadTokenFile"),
            AdminTokenFile = reader.Text("Auth:AdminTokenFile", "Auth:AdminTokenFile"),
            OidcAuthority = authority,
            OidcAudience = OfIssuer(AudienceSetting) is { } audience ? audience
                : authority is null ? null
                : throw new SettingsException(
                    AudienceSetting, null, $"{AuthoritySetting} is set: it must name whom the tokens are for, or those for others would be taken"),
            OidcRoleClaim = OfIssuer("Auth:OidcRoleClaim") ?? defaults.OidcRoleClaim,
            OidcIngestRole = OfIssuer("Auth:OidcIngestRole") ?? defaults.OidcIngestRole,
            OidcReadRole = OfIssuer("Auth:OidcReadRole") ?? defaults.OidcReadRole,
            OidcAdminRole = OfIssuer("Auth:OidcAdminRole") ?? defaults.OidcAdminRole,
            OidcClientId = OfIssuer("Auth:OidcClientId"),
            OidcScopes = Scopes(OfIssuer("Auth:OidcScopes")) ?? defaults.OidcScopes,
            OidcCaFile = OfIssuer("Auth:OidcCaFile") is null ? null : reader.PemFile("Auth:OidcCaFile", path => ClickHouseTls.ReadAuthorities(path)),
        };

        // Without an issuer it would do nothing, and whoever set it thinks that it does.
        string? OfIssuer(string key) =>
            reader.Text(key, key) is not { } text ? null
            : authority is not null ? text
            : throw new SettingsException(key, text, $"{AuthoritySetting} must be set as well");
    }

    /// <summary>Scopes as RFC 6749 writes them. Without <c>openid</c> there is no ID token, whose nonce says that the answer is to this question.</summary>
    private static string? Scopes(string? text) =>
        text is null ? null
        : text.Split(' ') is var scopes && scopes.Contains("openid")
            && scopes.All(scope => scope.Length > 0 && scope.All(c => c is >= '!' and <= '~' and not ('"' or '\\')))
            ? text
        : throw new SettingsException("Auth:OidcScopes", text, "it must be scopes with a space between them, one of which is openid, such as openid profile");

    private Uri? Authority() =>
        reader.Text(AuthoritySetting, AuthoritySetting) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && AuthOptions.IsProtected(url)
            && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0
            ? url
            : throw new SettingsException(AuthoritySetting, text.Contains('@', StringComparison.Ordinal) ? "(with user info)" : text,
                "it must look like https://idp.example/realms/cluster; http is for an issuer on this machine (localhost)");
}
