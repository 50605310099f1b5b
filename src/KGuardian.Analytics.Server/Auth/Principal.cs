using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.AdminAudit;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>Who sent a request: found as a feature of the <see cref="HttpContext"/>.</summary>
/// <param name="Name">Roles and a short hash of the token, such as <c>read-1f3a9c02</c>; never the token.</param>
/// <param name="Roles">What it may do.</param>
internal sealed record Principal(string Name, TokenRole Roles)
{
    /// <summary>Anybody, on a server without tokens.</summary>
    public static Principal Anyone { get; } = new("anyone", TokenRole.All);

    /// <summary>For the audit log.</summary>
    public AdminInitiator Initiator => new(Name, Name);

    public static Principal Of(string token, TokenRole roles)
    {
        // A hash of its own: what is shown says nothing about the one that is compared.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"kguardian principal\0{token}"));
        return new Principal($"{RoleText(roles)}-{Convert.ToHexStringLower(hash.AsSpan(0, 4))}", roles);
    }

    /// <summary>Roles as they are written in names and messages.</summary>
    public static string RoleText(TokenRole roles) =>
        roles == TokenRole.All ? "all" : roles.ToString().ToLowerInvariant().Replace(", ", "+", StringComparison.Ordinal);

    /// <summary>Who sent this request.</summary>
    public static Principal Current(HttpContext context) => context.Features.Get<Principal>() ?? Anyone;
}
