using System.Globalization;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Schedules;

namespace KGuardian.Analytics.Tests.Unit.Exports;

/// <summary>When schedules run: each local time once, also where clocks are put forward and back.</summary>
public sealed class ScheduleTimesTests
{
    [Theory]
    // Clocks go forward at 01:00Z: 02:00 to 03:00 is not there.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T01:00Z 2026-03-30T00:30Z")]
    [InlineData("0,30 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T01:00Z 2026-03-29T01:30Z 2026-03-30T00:00Z")]
    [InlineData("15 * * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T00:15Z 2026-03-29T01:00Z 2026-03-29T01:15Z 2026-03-29T02:15Z")]
    // Clocks go back at 01:00Z: 02:00 to 03:00 is there twice.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T00:30Z 2026-10-26T01:30Z")]
    [InlineData("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:45Z", "2026-10-25T00:00Z 2026-10-25T00:30Z 2026-10-25T02:00Z")]
    // Asked within the second of the two hours.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", "2026-10-26T01:30Z")]
    // Half an hour, and a zone that loses its midnight.
    [InlineData("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", "2026-04-04T14:45Z 2026-04-05T15:15Z")]
    [InlineData("0 0 * * *", "America/Santiago", "2026-09-05T12:00Z", "2026-09-06T04:00Z 2026-09-07T03:00Z")]
    // A day that never was.
    [InlineData("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00Z", "2011-12-30T10:00Z 2012-12-29T22:00Z")]
    [InlineData("0 0 29 2 *", "UTC", "2026-01-01T00:00Z", "2028-02-29T00:00Z 2032-02-29T00:00Z")]
    [InlineData("* * * * *", "UTC", "2026-05-12T10:00:59.5Z", "2026-05-12T10:01Z 2026-05-12T10:02Z")]
    [InlineData("0 9 * * 1-5", "America/New_York", "2026-07-03T14:00Z", "2026-07-06T13:00Z")]
    public void Local_time_runs_once(string cron, string zone, string after, string expected)
    {
        var times = ScheduleTimes.Of(cron, null, zone);
        var at = Time(after);
        foreach (var time in expected.Split(' ').Select(Time))
        {
            at = times.Next(at)!.Value;

            Assert.Equal(time, at);
        }
    }

    [Fact]
    public void Seconds_are_multiples_since_1970_and_due_times_are_counted()
    {
        var times = ScheduleTimes.Of(null, 3600, "UTC");
        var begin = Time("2026-05-12T10:00Z");

        Assert.Equal(Time("2026-05-12T11:00Z"), times.Next(begin));
        Assert.Null(times.Due(begin, begin.AddMinutes(59)));
        Assert.Equal(new DueTimes(Time("2026-05-12T11:00Z"), null, 1), times.Due(begin, begin.AddHours(1)));
        Assert.Equal(new DueTimes(Time("2026-05-12T13:00Z"), Time("2026-05-12T12:00Z"), 3), times.Due(begin, begin.AddMinutes(200)));
    }

    [Theory]
    [InlineData("* * * *", null, "UTC", "schedule.cron")]
    [InlineData("* * * * * *", null, "UTC", "schedule.cron")]
    [InlineData("@daily", null, "UTC", "schedule.cron")]
    [InlineData("61 * * * *", null, "UTC", "schedule.cron")]
    [InlineData("0 0 30 2 *", null, "UTC", "schedule.cron")]
    [InlineData("0 0 * * *", null, "Berlin", "schedule.timeZone")]
    [InlineData("0 0 * * *", null, "W. Europe Standard Time", "schedule.timeZone")]
    [InlineData("0 0 * * *", null, "../../etc/passwd", "schedule.timeZone")]
    [InlineData("0 0 * * *", null, "UTC+02:00", "schedule.timeZone")]
    [InlineData(null, 59L, "UTC", "schedule.everySeconds")]
    [InlineData(null, null, "UTC", "schedule")]
    [InlineData("0 0 * * *", 60L, "UTC", "schedule")]
    public void What_is_no_time_is_named(string? cron, long? everySeconds, string zone, string field) =>
        Assert.Equal(field, Assert.Throws<ExportException>(() => ScheduleTimes.Of(cron, everySeconds, zone)).Field);

    [Fact]
    public void Run_that_fails_is_left_alone_twice_as_long_up_to_an_hour() => Assert.Equal(
        [1, 2, 4, 8, 16, 32, 60, 60],
        Enumerable.Range(1, 8).Select(tries => (int)RunTrouble.DelayAfter(tries).TotalMinutes));

    [Theory]
    [InlineData("-24h", 86_400)]
    [InlineData("-2w", 1_209_600)]
    [InlineData("-0h", null)]
    [InlineData("24h", null)]
    [InlineData("-999999999w", null)]
    [InlineData("-1h ", null)]
    public void Window_reaches_back(string text, int? seconds) => Assert.Equal(seconds, (int?)WindowLength.Of(text)?.TotalSeconds);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
