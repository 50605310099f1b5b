using System.Net;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Tests.Unit.Topology;

/// <summary>Where addresses are that are nobody's.</summary>
public sealed class AddressOriginTests
{
    private static readonly IPNetwork[] Cluster = [IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("fd00::/16"), IPNetwork.Parse("203.0.113.0/24")];

    [Theory]
    [InlineData("172.20.0.1", "unknown", "internal")]
    [InlineData("172.30.0.10", "unknown", "internal")]
    [InlineData("10.0.0.1", "unknown", "external")]
    [InlineData("8.8.8.8", "external", "external")]
    [InlineData("203.0.113.9", "external", "internal")]
    [InlineData("fd00::1", "unknown", "internal")]
    [InlineData("fe80::1%eth0", "unknown", "external")]
    [InlineData("2001:db8::1", "external", "external")]
    [InlineData("::ffff:172.20.0.1", "unknown", "internal")]
    [InlineData("100.64.0.1", "unknown", "external")]
    [InlineData("no address", "unknown", "unknown")]
    [InlineData("", "unknown", "unknown")]
    public void Address_is_internal_external_or_unknown(string address, string without, string with)
    {
        Assert.Equal(without, AddressOrigin.Of(address, []));
        Assert.Equal(with, AddressOrigin.Of(address, Cluster));
    }
}
