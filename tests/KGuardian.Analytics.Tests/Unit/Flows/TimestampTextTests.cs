using System.Globalization;
using System.Text;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Tests.Unit.Flows;

public sealed class TimestampTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00")]
    [InlineData("0001-01-01 00:00:00.000000")]
    [InlineData("0001-01-01T00:00:00.000+00:00")]
    public void Text_that_says_no_time_is_unknown(string text)
    {
        Assert.True(TimestampText.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var micros));
        Assert.Equal(TimestampText.Unknown, micros);
    }

    [Theory]
    [InlineData("2026-05-12T10:32:14.123456", "2026-05-12 10:32:14.123456")]
    [InlineData("2026-05-12T10:32:14", "2026-05-12 10:32:14.000000")]
    [InlineData("2026-05-12 10:32:14.1", "2026-05-12 10:32:14.100000")]
    [InlineData("2026-05-12t10:32:14.123456789z", "2026-05-12 10:32:14.123456")]
    [InlineData("2026-05-12T10:32:14Z", "2026-05-12 10:32:14.000000")]
    [InlineData("2026-05-12T10:32", "2026-05-12 10:32:00.000000")]
    [InlineData("2026-05-12 10:32Z", "2026-05-12 10:32:00.000000")]
    [InlineData("2026-05-12T10:32+02:00", "2026-05-12 08:32:00.000000")]
    [InlineData("2026-05-12T10:32:14.5+02:00", "2026-05-12 08:32:14.500000")]
    [InlineData("2026-05-12T10:32:14-0330", "2026-05-12 14:02:14.000000")]
    [InlineData("2026-05-12T10:32:14+02", "2026-05-12 08:32:14.000000")]
    [InlineData("2026-01-01T00:00:00+23:59", "2025-12-31 00:01:00.000000")]
    [InlineData("2024-02-29T23:59:59.999999", "2024-02-29 23:59:59.999999")]
    [InlineData("2000-02-29T00:00:00", "2000-02-29 00:00:00.000000")]
    [InlineData("2016-12-31T23:59:60", "2017-01-01 00:00:00.000000")]
    [InlineData("2016-12-31T23:59:60.25", "2017-01-01 00:00:00.250000")]
    [InlineData("1900-01-01T00:00:00", "1900-01-01 00:00:00.000000")]
    [InlineData("1899-12-31T23:30:00-01:00", "1900-01-01 00:30:00.000000")]
    [InlineData("2299-12-31T23:59:59.999999999", "2299-12-31 23:59:59.999999")]
    [InlineData("2300-01-01T00:30:00+01:00", "2299-12-31 23:30:00.000000")]
    [InlineData("1969-12-31T23:59:59.9999999", "1969-12-31 23:59:59.999999")]
    public void TryParse_Time_IsItsUtcMicroseconds(string text, string utc)
    {
        Assert.True(TimestampText.TryParse(Encoding.UTF8.GetBytes(text), out var micros));
        Assert.Equal(utc, DateTime.UnixEpoch.AddTicks(micros * 10).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("2026-05-12")]
    [InlineData("2026-05-12T10:3")]
    [InlineData("2026-05-12T10:60")]
    [InlineData("2026-05-12T10:32 ")]
    [InlineData("2026-05-12T10:32.5")]
    [InlineData("0001-01-01T00:00:01Z")]
    [InlineData("0001-01-01T00:00:00.5")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("0")]
    [InlineData("2026-05-12T10:32:1")]
    [InlineData("2026-05-12_10:32:14")]
    [InlineData("2026/05/12T10:32:14")]
    [InlineData("2026-5-12T10:32:14.1")]
    [InlineData("2026-00-12T10:32:14")]
    [InlineData("2026-13-12T10:32:14")]
    [InlineData("2026-02-29T10:32:14")]
    [InlineData("1900-02-29T10:32:14")]
    [InlineData("2026-04-31T10:32:14")]
    [InlineData("2026-04-00T10:32:14")]
    [InlineData("2026-05-12T24:00:00")]
    [InlineData("2026-05-12T10:60:14")]
    [InlineData("2026-05-12T10:32:61")]
    [InlineData("2026-05-12T10:32:14.")]
    [InlineData("2026-05-12T10:32:14.Z")]
    [InlineData("2026-05-12T10:32:14.1234567890")]
    [InlineData("2026-05-12T10:32:14,5")]
    [InlineData("2026-05-12T10:32:14ZZ")]
    [InlineData("2026-05-12T10:32:14 Z")]
    [InlineData("2026-05-12T10:32:14+2")]
    [InlineData("2026-05-12T10:32:14+24:00")]
    [InlineData("2026-05-12T10:32:14+02:60")]
    [InlineData("2026-05-12T10:32:14+02:0")]
    [InlineData("2026-05-12T10:32:14+02-00")]
    [InlineData("2026-05-12T10:32:14*02:00")]
    [InlineData("+026-05-12T10:32:14")]
    [InlineData("0000-05-12T10:32:14")]
    [InlineData("1899-12-31T23:59:59.999999")]
    [InlineData("1900-01-01T00:00:00+00:01")]
    [InlineData("2299-12-31T23:59:60")]
    [InlineData("9999-12-31T23:59:60-23:59")]
    public void TryParse_NoTime_IsRefused(string text) => Assert.False(TimestampText.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void TryParse_EveryDayOfTheRange_AgreesWithDateTime()
    {
        var expected = (new DateTime(1900, 1, 1) - DateTime.UnixEpoch).Ticks / 10;
        for (var day = new DateTime(1900, 1, 1); day.Year < 2300; day = day.AddDays(1), expected += 86_400_000_000)
        {
            Assert.True(TimestampText.TryParse(Encoding.UTF8.GetBytes(day.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)), out var micros));
            Assert.Equal(expected, micros);
        }
    }

    [Fact]
    public void TryParse_AnyByteAtAnyPlace_AgreesWithDateTime()
    {
        var good = "2026-05-12T10:32:14.123456"u8.ToArray();
        for (var at = 0; at < good.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var text = good.ToArray();
                text[at] = (byte)value;
                var expected = DateTime.TryParseExact(
                    Encoding.Latin1.GetString(text).Replace('t', 'T').Replace(' ', 'T'), ["yyyy-MM-ddTHH:mm:ss.ffffff", "yyyy-MM-ddTHH:mm:ss.fffffZ"],
                    CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var time)
                    && time.Year is >= 1900 and < 2300;

                // The last digit may become a zone, which DateTime's formats above do not write in lower case; second 60 is ours.
                if (at == good.Length - 1 && (value | 0x20) == 'z')
                {
                    continue;
                }

                Assert.Equal(expected, TimestampText.TryParse(text, out var micros));
                if (expected)
                {
                    Assert.Equal((time - DateTime.UnixEpoch).Ticks / 10, micros);
                }
            }
        }
    }
}
