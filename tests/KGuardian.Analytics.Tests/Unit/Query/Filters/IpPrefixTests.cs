using System.Net;
using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Tests.Unit.Query.Filters;

public sealed class IpPrefixTests
{
    [Theory]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("10.1.2.3/32", "10.1.2.3")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8:0::1", "2001:db8::1")]
    [InlineData("fe80::1%eth0", "fe80::1")]
    [InlineData("fe80::1%eth0/64", "fe80::/64")]
    [InlineData("2001:db8::ffff/112", "2001:db8::/112")]
    [InlineData("::ffff:10.1.2.3/104", "10.0.0.0/8")]
    [InlineData("::ffff:0:0/96", "0.0.0.0/0")]
    [InlineData("::/0", "::/0")]
    public void TryParse_Prefix_HasOneSpelling(string text, string expected)
    {
        Assert.True(IpPrefix.TryParse(text, out var prefix));
        Assert.Equal(expected, prefix.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/8")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/99999999999")]
    [InlineData("::/129")]
    [InlineData("1")]
    [InlineData("10.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.4.5")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("fe80::1%")]
    [InlineData("10.0.0.1%eth0")]
    [InlineData("1::2::3")]
    [InlineData(":")]
    [InlineData("10.0.0.1:80")]
    [InlineData("١.2.3.4")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(IpPrefix.TryParse(text, out _));

    [Fact]
    public void Contains_AnyAddress_AgreesWithIPNetwork() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), (int seed) =>
        {
            var random = new Random(seed);
            var bytes = new byte[random.Next(2) == 0 ? 4 : 16];
            random.NextBytes(bytes);
            var bits = random.Next((bytes.Length * 8) + 1);
            var network = new IPNetwork(Masked(bytes, bits), bits);
            Assert.True(IpPrefix.TryParse(network.ToString(), out var prefix));
            Assert.Equal(network.ToString(), prefix.IsAddress ? $"{prefix}/{bits}" : prefix.ToString());
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            var address = new IPAddress(bytes);
            Assert.True(IpPrefix.TryParse(address.ToString(), out var one));
            return prefix.Contains(one) == network.Contains(address);
        }));

    private static IPAddress Masked(byte[] bytes, int bits) =>
        new([.. bytes.Select((value, i) => (byte)(value & (0xFF00 >> Math.Clamp(bits - (8 * i), 0, 8))))]);
}
