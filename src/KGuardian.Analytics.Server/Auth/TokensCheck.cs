using KGuardian.Analytics.Diagnosis;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>Whether this server is open, and whether its files of tokens can still be read.</summary>
internal sealed class TokensCheck(ApiTokens tokens) : Check("tokens")
{
    public override bool NeedsStore => false;

    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Finding> findings = tokens.IsOpen
            ? [Ok("No token is set: everybody who reaches this server may read, send and clear flows")]
            : tokens.IsEmpty ? [Ok("No token is set: only users of the OIDC issuer are let in")]
            : [.. tokens.Problems.Select(problem => Error(
                $"{problem}. Its last tokens stay valid", "Mend the file: it is read again by itself. A restart would fail."))];
        return Task.FromResult(findings.Count > 0 ? findings : [Ok("The files of tokens can be used")]);
    }
}
