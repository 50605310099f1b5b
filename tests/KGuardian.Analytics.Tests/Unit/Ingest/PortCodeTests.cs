using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class PortCodeTests
{
    [Theory]
    [InlineData("", -2)]
    [InlineData("0", 0)]
    [InlineData("443", 443)]
    [InlineData("65535", 65535)]
    [InlineData("00", 65536)]
    [InlineData("01", 65537)]
    [InlineData("0443", 65979)]
    [InlineData("000", 131072)]
    [InlineData("0065535", 196607)]
    public void TryParse_PortText_IsItsCode(string text, int expected)
    {
        Assert.True(PortCode.TryParse(Encoding.UTF8.GetBytes(text), out var code));
        Assert.Equal(expected, code);
        Assert.Equal(text, Format(code));
    }

    [Theory]
    [InlineData("65536")]
    [InlineData("99999")]
    [InlineData("100000")]
    [InlineData("0065536")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("http")]
    [InlineData("0x50")]
    [InlineData("1/")]
    [InlineData("1:")]
    [InlineData("١")]
    public void TryParse_NoPort_IsRefused(string text) => Assert.False(PortCode.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void TryParse_LongestText_IsAcceptedAndOneMoreIsNot()
    {
        Assert.True(PortCode.TryParse(Encoding.UTF8.GetBytes(new string('0', 1024)), out var code));
        Assert.Equal(new string('0', 1024), Format(code));
        Assert.False(PortCode.TryParse(Encoding.UTF8.GetBytes(new string('0', 1025)), out _));
    }

    [Fact]
    public void TryFormat_Null_HasNoText() => Assert.Null(Format(PortCode.Null));

    [Fact]
    public void TryFormat_EveryPort_RoundTrips()
    {
        for (var port = 0; port < 65536; port++)
        {
            Assert.True(PortCode.TryParse(Encoding.UTF8.GetBytes(Format(port)!), out var code) && code == port && Format(port) == port.ToString());
        }
    }

    [Fact]
    public void TryFormat_AnyCode_RoundTrips() =>
        Prop.ForAll(Gen.Choose(0, (1024 * 65536) - 1).ToArbitrary(), code =>
        {
            // 1,023 zeros leave room for one digit only.
            var text = Format(code)!;
            return text.Length > 1024 || (PortCode.TryParse(Encoding.UTF8.GetBytes(text), out var back) && back == code);
        }).Check(Config.QuickThrowOnFailure.WithReplay(7UL, 7UL).WithMaxTest(5000));

    private static string? Format(int code)
    {
        Span<byte> text = stackalloc byte[PortCode.MaxTextBytes + 4];
        return PortCode.TryFormat(code, text, out var written) ? Encoding.UTF8.GetString(text[..written]) : null;
    }
}
