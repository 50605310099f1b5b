using KGuardian.Analytics.Diagnosis;

namespace KGuardian.Analytics.Server.Auth.Oidc;

/// <summary>Whether the issuer's keys could be fetched. Where they never could, it is tried now: nobody may have come with a token yet.</summary>
internal sealed class OidcCheck(OidcIssuer issuer, AuthOptions options) : Check("oidc")
{
    public override bool NeedsStore => false;

    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        const string Todo =
            "See that this server reaches Auth:OidcAuthority, without a proxy, and that /.well-known/openid-configuration below it answers; "
            + "name the authority of its certificate in Auth:OidcCaFile.";
        try
        {
            await issuer.Keys.GetConfigurationAsync(cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // What it was is the issuer's to say.
        }

        return
        [
            issuer.Problem is not { } problem ? Ok($"The OIDC issuer {options.OidcAuthority} has {issuer.Count} keys", ("keys", issuer.Count))
            : issuer.Count > 0
                ? Warning(
                    $"The keys of the OIDC issuer {options.OidcAuthority} cannot be fetched: {problem}. The last {issuer.Count} stay valid",
                    Todo, ("keys", issuer.Count))
            : Error($"The keys of the OIDC issuer {options.OidcAuthority} cannot be fetched: {problem}. Its users get 503", Todo, ("keys", 0)),
        ];
    }
}
