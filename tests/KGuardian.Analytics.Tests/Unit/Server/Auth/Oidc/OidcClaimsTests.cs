using System.Text.Json;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Auth.Oidc;

namespace KGuardian.Analytics.Tests.Unit.Server.Auth.Oidc;

/// <summary>Who a token is of.</summary>
public sealed class OidcClaimsTests
{
    [Theory]
    [InlineData("roles", """{"sub":"1","roles":["kguardian-read","other"]}""", "read")]
    [InlineData("roles", """{"sub":"1","roles":["kguardian-read","kguardian-ingest","kguardian-admin"]}""", "all")]
    [InlineData("roles", """{"sub":"1","roles":"kguardian-admin"}""", "admin")]
    [InlineData("scope", """{"sub":"1","scope":"openid kguardian-read profile kguardian-ingest"}""", "ingest+read")]
    [InlineData("realm_access.roles", """{"sub":"1","realm_access":{"roles":["kguardian-read"]}}""", "read")]
    [InlineData("resource_access.my.client.roles", """{"sub":"1","resource_access":{"my.client":{"roles":["kguardian-read"]}}}""", "read")]
    [InlineData("https://kguardian.example/roles", """{"sub":"1","https://kguardian.example/roles":["kguardian-read"]}""", "read")]
    [InlineData("roles", """{"sub":"1"}""", "none")]
    [InlineData("roles", """{"sub":"1","roles":["KGUARDIAN-READ","kguardian-readers",7,null]}""", "none")]
    [InlineData("roles", """{"sub":"1","roles":{"kguardian-read":true}}""", "none")]
    [InlineData("realm_access.roles", """{"sub":"1","realm_access":"kguardian-read","roles":["kguardian-read"]}""", "none")]
    public void Roles_are_found_where_the_setting_says(string claim, string token, string roles) =>
        Assert.Equal(roles, Principal.RoleText(Read(token, new AuthOptions { OidcRoleClaim = claim })!.Roles));

    [Fact]
    public void Values_of_roles_are_settings_and_one_may_give_several() =>
        Assert.Equal(
            TokenRole.Read | TokenRole.Admin,
            Read("""{"sub":"1","roles":["SRE Team"]}""", new AuthOptions { OidcReadRole = "SRE Team", OidcAdminRole = "SRE Team" })!.Roles);

    [Theory]
    [InlineData("""{"sub":"0b7c","preferred_username":"ada"}""", "0b7c", "ada")]
    [InlineData("""{"sub":"0b7c"}""", "0b7c", "0b7c")]
    [InlineData("""{"sub":"0b7c","preferred_username":""}""", "0b7c", "0b7c")]
    [InlineData("""{"preferred_username":"ada"}""", "ada", "ada")]
    [InlineData("""{"sub":7,"email":"ada@example"}""", null, null)]
    public void User_is_called_by_its_name_and_known_by_its_subject(string token, string? id, string? name)
    {
        var user = Read(token, new AuthOptions());

        Assert.Equal((id, name), (user?.Id, user?.Name));
    }

    private static Principal? Read(string token, AuthOptions options)
    {
        using var claims = JsonDocument.Parse(token);
        return OidcClaims.Read(claims.RootElement, options);
    }
}
