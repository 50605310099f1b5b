namespace KGuardian.Analytics.Server.Auth;

/// <summary>
/// Settings <c>Auth:*</c>: files of tokens, one a line, read again when they change, where a token in several files has several roles; and an issuer of
/// OpenID Connect, whose users come with tokens of its own.
/// </summary>
internal sealed record AuthOptions
{
    /// <summary>Tokens that may send events; null for none.</summary>
    public string? IngestTokenFile { get; init; }

    /// <summary>Tokens that may read; null for none.</summary>
    public string? ReadTokenFile { get; init; }

    /// <summary>Tokens that may change, clear and read the audit log; null for none.</summary>
    public string? AdminTokenFile { get; init; }

    /// <summary>The issuer, as its discovery names it: https, or http of this machine; null for none.</summary>
    public Uri? OidcAuthority { get; init; }

    /// <summary>Whom the issuer's tokens must be for (<c>aud</c>); set when <see cref="OidcAuthority"/> is.</summary>
    public string? OidcAudience { get; init; }

    /// <summary>The claim with the user's roles: a list, or a text with spaces between them; dots lead into other claims.</summary>
    public string OidcRoleClaim { get; init; } = "roles";

    /// <summary>Its value for those who may send events.</summary>
    public string OidcIngestRole { get; init; } = "kguardian-ingest";

    /// <summary>Its value for those who may read.</summary>
    public string OidcReadRole { get; init; } = "kguardian-read";

    /// <summary>Its value for admins.</summary>
    public string OidcAdminRole { get; init; } = "kguardian-admin";

    /// <summary>The public client of the issuer that people sign in to the console with; null: they paste tokens.</summary>
    public string? OidcClientId { get; init; }

    /// <summary>The scopes that the console asks for, with spaces between them; <c>openid</c> is one of them.</summary>
    public string OidcScopes { get; init; } = "openid";

    /// <summary>Authorities of the issuer's certificate, PEM; null for the system's.</summary>
    public string? OidcCaFile { get; init; }

    /// <summary>Whether what comes from an address is what its server sent: by https, or from this machine.</summary>
    public static bool IsProtected(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);

    /// <summary>The files that are set, with the names of their settings.</summary>
    internal IEnumerable<TokenFile> Files()
    {
        foreach (var (setting, path, role) in new[]
        {
            ("Auth:IngestTokenFile", IngestTokenFile, TokenRole.Ingest), ("Auth:ReadTokenFile", ReadTokenFile, TokenRole.Read),
            ("Auth:AdminTokenFile", AdminTokenFile, TokenRole.Admin),
        })
        {
            if (path is not null)
            {
                yield return new TokenFile(setting, path, role);
            }
        }
    }
}
