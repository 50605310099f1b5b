using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Tests.Unit.Query.Filters;

public sealed class IpProtocolsTests
{
    [Theory]
    [InlineData(1, "ICMP")]
    [InlineData(6, "TCP")]
    [InlineData(17, "UDP")]
    [InlineData(58, "ICMPv6")]
    [InlineData(132, "SCTP")]
    [InlineData(0, "UNKNOWN(0)")]
    [InlineData(255, "UNKNOWN(255)")]
    public void Name_Number_IsItsName(byte number, string name)
    {
        Assert.Equal(name, IpProtocols.Name(number));
        foreach (var text in new[] { name, name.ToUpperInvariant(), name.ToLowerInvariant(), $"{number}", $"unknown({number})" })
        {
            Assert.True(IpProtocols.TryNumber(text, out var read));
            Assert.Equal(number, read);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("256")]
    [InlineData("-1")]
    [InlineData("06")]
    [InlineData(" 6")]
    [InlineData("UNKNOWN()")]
    [InlineData("UNKNOWN(")]
    [InlineData("UNKNOWN(6")]
    [InlineData("UNKNOWN(256)")]
    [InlineData("6\0")]
    [InlineData("HTTP")]
    public void TryNumber_AnythingElse_IsRefused(string? text) => Assert.False(IpProtocols.TryNumber(text, out _));
}
