using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// Which arrival days still count: today and the <see cref="Days"/> before it, in UTC. Ingest and reads ask the same window, so that a flow
/// is forgotten by both in one instant, whenever its partition is dropped. The window never moves back: a flow that was seen again after it
/// had expired must not get its old row back, or it would show twice. Safe for concurrent use.
/// </summary>
/// <param name="clock">Today.</param>
/// <param name="days">Days kept; null until <see cref="RetentionPolicy.LoadAsync"/> has read what was set.</param>
public sealed class RetentionWindow(TimeProvider clock, int? days = null)
{
    private const long SecondsADay = 24 * 60 * 60;

    private const int NotRead = -1;

    private volatile int _days = days ?? NotRead;
    private int _floor;

    /// <summary>Whole days that flows are kept after the day of their arrival; 0 keeps them for ever.</summary>
    public int Days => _days;

    /// <summary>The oldest arrival day that shows; queries say <c>arrival_day &gt;= {oldest:Date}</c>, which also spares the partitions before it.</summary>
    public DateOnly OldestDay => Date(OldestDayNumber);

    /// <summary>The same in days since 1970-01-01, as ClickHouse's Date.</summary>
    internal ushort OldestDayNumber => Raise(OldestAt(_days));

    /// <summary>
    /// Starts a read of the days that show. ClickHouse chooses the parts that it reads before it sends the answer's head: should the window have
    /// moved by then, a flow that expired meanwhile may already be there anew, and the read starts again. So no answer shows a flow twice.
    /// </summary>
    /// <param name="read">Starts the read, given the oldest day; ends when the answer's head has come.</param>
    /// <exception cref="ClickHouseException">It is not known yet how many days are kept.</exception>
    public async Task<T> ReadAsync<T>(Func<DateOnly, Task<T>> read)
    {
        if (_days == NotRead)
        {
            throw new ClickHouseException(ClickHouseFailure.NotSent, 0, "the retention that was set has not been read yet", "none");
        }

        while (true)
        {
            var oldest = OldestDayNumber;
            var answer = await read(Date(oldest));
            if (oldest == OldestDayNumber)
            {
                return answer;
            }

            if (answer is IAsyncDisposable started)
            {
                await started.DisposeAsync();
            }
        }
    }

    /// <summary>The oldest day, were <paramref name="days"/> kept.</summary>
    internal DateOnly OldestDayOf(int days) => Date(Math.Max(OldestAt(days), OldestDayNumber));

    /// <summary>Keeps <paramref name="days"/> from now on; what has expired stays so.</summary>
    internal void Change(int days)
    {
        Raise(OldestAt(_days));
        _days = days;
    }

    /// <summary>Says how many days are kept, once that is known.</summary>
    internal void Open(int days) => _days = days;

    /// <summary>Nothing before <paramref name="day"/> shows again. A day in the future, from a clock that was wrong, counts as today.</summary>
    internal void Raise(DateOnly day) => Raise((ushort)Math.Clamp(day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber, 0, Today));

    private long Today => Math.Clamp(clock.GetUtcNow().ToUnixTimeSeconds() / SecondsADay, 0, ushort.MaxValue);

    private static DateOnly Date(ushort day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day);

    private ushort OldestAt(int days) => days <= 0 ? (ushort)0 : (ushort)Math.Max(0, Today - days);

    private ushort Raise(ushort day)
    {
        while (true)
        {
            var floor = Volatile.Read(ref _floor);
            if (day <= floor)
            {
                return (ushort)floor;
            }

            if (Interlocked.CompareExchange(ref _floor, day, floor) == floor)
            {
                return day;
            }
        }
    }
}
