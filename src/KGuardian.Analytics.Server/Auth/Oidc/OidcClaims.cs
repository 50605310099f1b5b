using System.Text.Json;

namespace KGuardian.Analytics.Server.Auth.Oidc;

/// <summary>Who a checked token is of: its claims, as the settings read them.</summary>
internal static class OidcClaims
{
    /// <summary>Longer ones are no names.</summary>
    private const int LargestName = 256;

    /// <summary>The user; null when the token names none.</summary>
    /// <param name="claims">What the token says.</param>
    /// <param name="options">Which claim holds roles, and which they are.</param>
    public static Principal? Read(JsonElement claims, AuthOptions options)
    {
        var (id, name) = (Name(claims, "sub"), Name(claims, "preferred_username"));
        var given = Find(claims, options.OidcRoleClaim) is { } found ? Values(found).ToHashSet(StringComparer.Ordinal) : [];
        var roles = new[]
        {
            (options.OidcIngestRole, TokenRole.Ingest), (options.OidcReadRole, TokenRole.Read), (options.OidcAdminRole, TokenRole.Admin),
        }.Where(role => given.Contains(role.Item1)).Aggregate(TokenRole.None, (all, role) => all | role.Item2);
        return (name ?? id) is { } shown ? new Principal(id ?? shown, shown, roles) : null;
    }

    private static string? Name(JsonElement claims, string claim) =>
        claims.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 and <= LargestName } name
            ? name
            : null;

    /// <summary>
    /// The claim of a name, or inside of others by its parts. Names have dots themselves, such as those that are addresses: the longest is asked for first.
    /// </summary>
    private static JsonElement? Find(JsonElement claims, string name)
    {
        if (claims.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (claims.TryGetProperty(name, out var whole))
        {
            return whole;
        }

        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            if (claims.TryGetProperty(name[..dot], out var outer) && Find(outer, name[(dot + 1)..]) is { } inner)
            {
                return inner;
            }
        }

        return null;
    }

    /// <summary>The texts of a list; a text alone, and its words, as in <c>scope</c>.</summary>
    private static IEnumerable<string> Values(JsonElement claim) => claim.ValueKind switch
    {
        JsonValueKind.String => claim.GetString()!.Split(' ').Append(claim.GetString()!),
        JsonValueKind.Array => claim.EnumerateArray().Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!),
        _ => [],
    };
}
