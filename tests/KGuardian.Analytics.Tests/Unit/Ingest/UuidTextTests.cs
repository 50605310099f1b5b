using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class UuidTextTests
{
    [Theory]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc852")]
    [InlineData("12EA85BD-C73C-5AB3-84E8-6EF2B26CC852")]
    [InlineData("12ea85bdC73C5ab384e86ef2b26cc852")]
    [InlineData("{12ea85bd-c73c-5ab3-84e8-6ef2b26cc852}")]
    [InlineData("urn:uuid:12ea85bd-c73c-5ab3-84e8-6ef2b26cc852")]
    [InlineData("URN:UUID:12ea85bd-c73c-5ab3-84e8-6ef2b26cc852")]
    public void TryParse_AcceptedForm_IsTheSameValue(string text)
    {
        Assert.True(UuidText.TryParse(Encoding.UTF8.GetBytes(text), out var value));
        Assert.Equal("12ea85bdc73c5ab384e86ef2b26cc852", value.ToString("x32"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc85")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc8521")]
    [InlineData("12ea85bd-c73c-5ab3-84e86-ef2b26cc852")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc85g")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc85G")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc85`")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc85:")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc85@")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc85/")]
    [InlineData("12ea85bd-c73c-5ab3-84e8-6ef2b26cc8é")]
    [InlineData("(12ea85bd-c73c-5ab3-84e8-6ef2b26cc852)")]
    [InlineData("{12ea85bdc73c5ab384e86ef2b26cc852}")]
    [InlineData("urn:uuid:12ea85bdc73c5ab384e86ef2b26cc852")]
    [InlineData(" 12ea85bd-c73c-5ab3-84e8-6ef2b26cc852")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(UuidText.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void TryParse_AnyByteAtAnyPlace_NeedsAHyphenOrAHexDigit()
    {
        var good = "12ea85bd-c73c-5ab3-84e8-6ef2b26cc852"u8.ToArray();
        for (var at = 0; at < good.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var text = good.ToArray();
                text[at] = (byte)value;
                var expected = good[at] == '-' ? value == '-' : char.IsAsciiHexDigit((char)value);
                Assert.Equal(expected, UuidText.TryParse(text, out var uuid));
                if (expected)
                {
                    Assert.Equal(Guid.Parse(Encoding.ASCII.GetString(text)).ToString("N"), uuid.ToString("x32"));
                }
            }
        }
    }

    [Fact]
    public void TryParse_AnyGuid_KeepsTheOrderOfItsText() =>
        Prop.ForAll<Guid, Guid>((a, b) =>
        {
            var parsed = UuidText.TryParse(Encoding.UTF8.GetBytes(a.ToString("D")), out var x)
                & UuidText.TryParse(Encoding.UTF8.GetBytes(b.ToString("N").ToUpperInvariant()), out var y);
            return parsed && x.ToString("x32") == a.ToString("N")
                && x.CompareTo(y) == Math.Sign(string.CompareOrdinal(a.ToString("D"), b.ToString("D")));
        }).Check(Config.QuickThrowOnFailure.WithReplay(7UL, 7UL).WithMaxTest(1000));
}
