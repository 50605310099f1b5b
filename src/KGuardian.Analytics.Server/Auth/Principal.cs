using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.AdminAudit;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>Who sent a request, as the claims of <see cref="HttpContext.User"/> say.</summary>
/// <param name="Id">What does not change; for a token its name.</param>
/// <param name="Name">Roles and a short hash of the token, such as <c>read-1f3a9c02</c>, or a user's name; never the token.</param>
/// <param name="Roles">What it may do.</param>
internal sealed record Principal(string Id, string Name, TokenRole Roles)
{
    private const string IdClaim = "sub";
    private const string NameClaim = "name";
    private const string RoleClaim = "role";

    /// <summary>Anybody, on a server without tokens.</summary>
    public static Principal Anyone { get; } = new("anyone", "anyone", TokenRole.All);

    /// <summary>For the audit log.</summary>
    public AdminInitiator Initiator => new(Id, Name);

    /// <summary>Whoever has a token.</summary>
    public static Principal Of(string token, TokenRole roles)
    {
        // A hash of its own: what is shown says nothing about the one that is compared.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"kguardian principal\0{token}"));
        var name = $"{RoleText(roles)}-{Convert.ToHexStringLower(hash.AsSpan(0, 4))}";
        return new Principal(name, name, roles);
    }

    /// <summary>Roles as they are written in names, policies and messages.</summary>
    public static string RoleText(TokenRole roles) =>
        roles == TokenRole.All ? "all" : roles.ToString().ToLowerInvariant().Replace(", ", "+", StringComparison.Ordinal);

    /// <summary>Who sent this request; <see cref="Anyone"/> when it is not known.</summary>
    public static Principal Current(HttpContext context) => Known(context) ?? Anyone;

    /// <summary>Who sent this request; null when it is not known.</summary>
    public static Principal? Known(HttpContext context) =>
        context.User is { Identity: { IsAuthenticated: true, Name: { } name } } user
            ? new Principal(user.FindFirstValue(IdClaim) ?? name, name, RolesOf(user))
            : null;

    /// <summary>As the framework knows it, a claim for each role.</summary>
    /// <param name="scheme">What found it.</param>
    public ClaimsPrincipal ToUser(string scheme)
    {
        var roles = new[] { TokenRole.Ingest, TokenRole.Read, TokenRole.Admin }
            .Where(role => Roles.HasFlag(role))
            .Select(role => new Claim(RoleClaim, RoleText(role)));
        return new ClaimsPrincipal(new ClaimsIdentity([new Claim(IdClaim, Id), new Claim(NameClaim, Name), .. roles], scheme, NameClaim, RoleClaim));
    }

    private static TokenRole RolesOf(ClaimsPrincipal user) =>
        user.FindAll(RoleClaim).Aggregate(TokenRole.None, (roles, claim) => roles | Enum.Parse<TokenRole>(claim.Value, ignoreCase: true));
}
