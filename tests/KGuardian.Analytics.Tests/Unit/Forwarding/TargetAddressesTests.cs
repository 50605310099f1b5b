using System.Net;
using KGuardian.Analytics.Forwarding.Targets;

namespace KGuardian.Analytics.Tests.Unit.Forwarding;

/// <summary>Which addresses events may be sent to.</summary>
public sealed class TargetAddressesTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.8.8.8")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::")]
    [InlineData("255.255.255.255")]
    [InlineData("2002:7f00:1::")]
    [InlineData("203.0.113.7")] // this server's
    [InlineData("203.0.113.8")] // ClickHouse's
    public async Task Address_is_refused_unless_it_is_allowed(string host)
    {
        var refused = await Assert.ThrowsAsync<TargetException>(() => Of().ResolveAsync(host, CancellationToken.None));

        Assert.Equal(TargetFailure.Configuration, refused.Failure);
        Assert.Contains("Forwarding:AllowedTargets", refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await Of("0.0.0.0/0", "::/0").ResolveAsync(host, CancellationToken.None));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("2001:db8::1")]
    [InlineData("fd00::1")]
    [InlineData("203.0.113.9")]
    public async Task Private_and_public_addresses_are_taken(string host) =>
        Assert.Equal([IPAddress.Parse(host)], await Of().ResolveAsync(host, CancellationToken.None));

    private static TargetAddresses Of(params string[] allowed) =>
        new([.. allowed.Select(IPNetwork.Parse)], IPAddress.Parse("203.0.113.7"), ["203.0.113.8"]);
}
