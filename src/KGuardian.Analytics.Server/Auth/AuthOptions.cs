namespace KGuardian.Analytics.Server.Auth;

/// <summary>Settings <c>Auth:*</c>: files of tokens, one a line, read again when they change. A token in several files has several roles.</summary>
internal sealed record AuthOptions
{
    /// <summary>Tokens that may send events; null for none.</summary>
    public string? IngestTokenFile { get; init; }

    /// <summary>Tokens that may read; null for none.</summary>
    public string? ReadTokenFile { get; init; }

    /// <summary>Tokens that may change, clear and read the audit log; null for none.</summary>
    public string? AdminTokenFile { get; init; }

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
