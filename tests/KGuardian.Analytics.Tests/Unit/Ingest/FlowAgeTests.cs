using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>Flows that keep their age: on which day they arrive.</summary>
public sealed class FlowAgeTests
{
    private const int Today = 20_000;
    private const long MicrosADay = 86_400_000_000;

    [Theory]
    // Yesterday's last microsecond, today's first, and what no clock should say.
    [InlineData((Today * MicrosADay) - 1, Today - 30, Today - 1)]
    [InlineData(Today * MicrosADay, Today - 30, Today)]
    [InlineData((Today + 7) * MicrosADay, Today - 30, Today)]
    [InlineData(long.MaxValue, Today - 30, Today)]
    [InlineData(TimestampText.Unknown, Today - 30, Today)]
    // The window moved since the row was looked at.
    [InlineData((Today - 31) * MicrosADay, Today - 30, Today - 30)]
    // Kept for ever: a year of partitions at most.
    [InlineData(-1, 0, Today - 366)]
    [InlineData((Today - 365) * MicrosADay, 0, Today - 365)]
    // A clock that was set back behind what shows.
    [InlineData(Today * MicrosADay, Today + 2, Today + 2)]
    public void Day_is_that_of_the_time_within_what_is_kept(long micros, int oldest, int expected) =>
        Assert.Equal(expected, new Arrival(Today, 7).NotBefore((ushort)oldest).DayOf(micros));

    [Fact]
    public void Rows_from_before_the_oldest_day_are_left_out_and_counted()
    {
        string[] times = ["2026-05-01T23:59:59.999999", "2026-05-02T00:00:00", "1969-01-01T00:00:00", "2030-01-01T00:00:00"];
        var oldest = (ushort)(new DateOnly(2026, 5, 2).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
        var parser = new EventParser(new EventParserOptions(), TestFlows.Hasher);
        var batch = new EventBatch { OldestDay = oldest };
        parser.Begin(BodyShape.Batch);
        parser.Parse(System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', times.Select((time, n) => TestFlows.Event(n, time)))}]"), isFinal: true, batch);
        var block = new FlowBlock();
        block.Append(batch, [0, 1], new Arrival((ushort)(oldest + 10), 7).NotBefore(oldest));

        Assert.Equal((2, 2, 0), (batch.Count, batch.OlderCount, batch.RejectedCount));
        Assert.Equal([oldest, (ushort)(oldest + 10)], block.Days.ToArray());
        batch.Clear();
        Assert.Equal((0, null), (batch.OlderCount, batch.OldestDay));
    }
}
