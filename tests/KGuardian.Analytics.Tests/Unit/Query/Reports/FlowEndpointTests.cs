using KGuardian.Analytics.Query.Reports;

namespace KGuardian.Analytics.Tests.Unit.Query.Reports;

public sealed class FlowEndpointTests
{
    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7", null)]
    [InlineData("10.0.0.7:443", "10.0.0.7", 443)]
    [InlineData("10.0.0.7/8", "10.0.0.0/8", null)]
    [InlineData("10.0.0.7/8:0", "10.0.0.0/8", 0)]
    [InlineData(":65535", null, 65535)]
    [InlineData("::", "::", null)]
    [InlineData("::1", "::1", null)]
    [InlineData("FD00:0::7", "fd00::7", null)]
    [InlineData("fd00::/16", "fd00::/16", null)]
    [InlineData("[fd00::7]", "fd00::7", null)]
    [InlineData("[fd00::7]:443", "fd00::7", 443)]
    [InlineData("[fd00::/16]:443", "fd00::/16", 443)]
    [InlineData("::ffff:10.0.0.7", "10.0.0.7", null)]
    [InlineData("[::ffff:10.0.0.7]:80", "10.0.0.7", 80)]
    public void Parse_reads_addresses_prefixes_and_ports(string text, string? address, int? port) =>
        Assert.Equal(new FlowEndpoint(address, (ushort?)port), FlowEndpoint.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("[]")]
    [InlineData("[")]
    [InlineData("]")]
    [InlineData("[]:1")]
    [InlineData("[::1")]
    [InlineData("::1]")]
    [InlineData("[::1]1")]
    [InlineData("[::1]:")]
    [InlineData("[10.0.0.1]")]
    [InlineData("10.0.0.1:65536")]
    [InlineData("10.0.0.1: 1")]
    [InlineData("10.0.0")]
    [InlineData("host:80")]
    [InlineData("[[::1]]")]
    public void Parse_of_anything_else_is_nothing(string text) => Assert.Null(FlowEndpoint.Parse(text));

    [Fact]
    public void Source_is_the_peer_of_ingress_and_else_the_pod()
    {
        var end = FlowEndpoint.Parse("10.0.0.7:443")!;

        Assert.Equal(
            "direction = INGRESS and peer_ip in (10.0.0.7) and peer_port = 443 or not direction = INGRESS and pod_ip in (10.0.0.7) and pod_port = 443",
            end.IsSource.ToString());
        Assert.Equal(
            "direction = INGRESS and pod_ip in (10.0.0.7) and pod_port = 443 or not direction = INGRESS and peer_ip in (10.0.0.7) and peer_port = 443",
            end.IsDestination.ToString());
    }
}
