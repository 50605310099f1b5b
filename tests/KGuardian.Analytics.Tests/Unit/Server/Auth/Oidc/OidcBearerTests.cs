using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Auth.Oidc;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KGuardian.Analytics.Tests.Unit.Server.Auth.Oidc;

/// <summary>What a JWT looks like, and when it is valid by the server's clock.</summary>
public sealed class OidcBearerTests
{
    [Theory]
    [InlineData("a.b.c", true)]
    [InlineData("..", true)]
    [InlineData("a.b", false)]
    [InlineData("a.b.c.d.e", false)]
    [InlineData("s3cret-token/+=", false)]
    [InlineData("", false)]
    public void Jwt_has_three_parts(string token, bool isJwt) => Assert.Equal(isJwt, OidcBearer.IsJwt(token));

    [Theory]
    [InlineData(-60, 60, true)]
    [InlineData(20, 60, true)]
    [InlineData(40, 60, false)]
    [InlineData(-60, -20, true)]
    [InlineData(-60, -40, false)]
    [InlineData(null, 60, true)]
    [InlineData(-60, null, false)]
    public void Token_is_valid_by_the_servers_clock_give_or_take_half_a_minute(int? from, int? until, bool isValid)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2031, 2, 3, 4, 5, 6, TimeSpan.Zero));
        var options = new AuthOptions { OidcAuthority = new Uri("https://idp.test"), OidcAudience = "kguardian" };
        using var issuer = new OidcIssuer(options, clock, Meters.New(), NullLogger<OidcIssuer>.Instance);
        var scheme = new JwtBearerOptions();
        OidcBearer.Configure(scheme, options, issuer, clock);

        Assert.Equal(isValid, scheme.TokenValidationParameters.LifetimeValidator(At(from), At(until), null, scheme.TokenValidationParameters));

        DateTime? At(int? seconds) => seconds is { } given ? clock.GetUtcNow().UtcDateTime.AddSeconds(given) : null;
    }
}
