using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// Which arrival days still count. Ingest and reads ask the same window, so that a flow is forgotten by both in one instant, whenever its partition
/// is dropped. Only <see cref="RetentionPolicy"/> moves it, never back, and only to a day that is durable: looking at it changes nothing, whatever a
/// clock says. A flow that was seen again after it had expired must not get its old row back, or it would show twice. Safe for concurrent use.
/// </summary>
internal sealed class RetentionWindow
{
    private const int NotRead = -1;

    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    private volatile int _days = NotRead;
    private int _oldest;

    /// <summary>A window that is not known before <see cref="RetentionPolicy.LoadAsync"/> has read it.</summary>
    public RetentionWindow()
    {
    }

    /// <summary>A window of a store that has no server: what it knows is shown, whatever the settings say.</summary>
    /// <param name="days">Days kept.</param>
    public RetentionWindow(int days) => _days = days;

    /// <summary>Whether it is known yet how many days are kept.</summary>
    public bool IsKnown => _days != NotRead;

    /// <summary>Whole days that flows are kept after the day of their arrival; 0 keeps them for ever.</summary>
    /// <exception cref="StoreNotReadyException">It is not known yet: any number would be made up, and be shown or written down as a fact.</exception>
    public int Days => _days is var days && days != NotRead ? days : throw NotKnown();

    /// <summary>The oldest arrival day that shows; queries say <c>arrival_day &gt;= {oldest:Date}</c>, which also spares the partitions before it.</summary>
    public DateOnly OldestDay => Epoch.AddDays(OldestDayNumber);

    /// <summary>The same in days since 1970-01-01, as ClickHouse's Date.</summary>
    internal ushort OldestDayNumber => (ushort)Volatile.Read(ref _oldest);

    /// <summary>
    /// Starts a read of the days that show. ClickHouse chooses the parts that it reads before it sends the answer's head: should the window have
    /// moved by then, a flow that expired meanwhile may already be there anew, and the read starts again. So no answer shows a flow twice.
    /// </summary>
    /// <param name="read">Starts the read, given the oldest day; ends when the answer's head has come.</param>
    /// <exception cref="StoreNotReadyException">It is not known yet how many days are kept.</exception>
    public async Task<T> RunAsync<T>(Func<DateOnly, Task<T>> read)
    {
        if (!IsKnown)
        {
            throw NotKnown();
        }

        while (true)
        {
            var oldest = OldestDayNumber;
            var answer = await read(Epoch.AddDays(oldest));
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

    /// <summary>Keeps <paramref name="days"/>; nothing before <paramref name="oldest"/>, which is durable, shows again.</summary>
    internal void Set(int days, ushort oldest)
    {
        Raise(oldest);
        _days = days;
    }

    /// <summary>Nothing before <paramref name="day"/>, which is durable, shows again.</summary>
    internal void Raise(ushort day)
    {
        for (var oldest = Volatile.Read(ref _oldest); day > oldest;)
        {
            var seen = Interlocked.CompareExchange(ref _oldest, day, oldest);
            oldest = seen == oldest ? day : seen;
        }
    }

    private static StoreNotReadyException NotKnown() => new("the retention that was set has not been read yet");
}
