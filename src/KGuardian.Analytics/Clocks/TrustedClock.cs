using System.Globalization;

namespace KGuardian.Analytics.Clocks;

/// <summary>
/// What time may be believed. A machine's clock can be set wrong, by hand, by a broken time server or by an empty battery; the monotonic clock
/// cannot. So the time believed is that of the machine's clock as long as it moves as the monotonic clock does, and else goes on from the last time
/// that was believed: it never jumps by itself. While the two differ there is a <see cref="Hold"/>, and what cannot be undone waits. README.md of
/// this folder has the argument. Safe for concurrent use; reading it changes nothing.
/// </summary>
/// <param name="machine">The machine's clock and its monotonic clock.</param>
/// <param name="witness">What else the machine knows about its clock.</param>
internal sealed class TrustedClock(TimeProvider machine, ClockWitness witness) : TimeProvider
{
    /// <summary>
    /// How far the machine's clock may be from the time expected and still be believed: the steps by which NTP corrects a clock that drifts, and
    /// restarts of machines. It is used up by what is believed, and comes back within <see cref="CreditPeriod"/>: so a clock that is wrong by more is
    /// not believed in small steps either.
    /// </summary>
    public static readonly TimeSpan MostCredit = TimeSpan.FromMinutes(10);

    /// <summary>Time in which <see cref="MostCredit"/> comes back: a clock that gains or loses 10 minutes a day is broken.</summary>
    public static readonly TimeSpan CreditPeriod = TimeSpan.FromDays(1);

    /// <summary>The same once, where a store is found but no clock was written down beside it: its newest flow may have come hours ago.</summary>
    public static readonly TimeSpan FirstCredit = TimeSpan.FromDays(1);

    /// <summary>This release was made after it, so that no right clock says an earlier time.</summary>
    public static readonly DateTimeOffset Earliest = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>More than this apart, ClickHouse's clock and this one are not both right.</summary>
    public static readonly TimeSpan MostApart = TimeSpan.FromMinutes(5);

    /// <summary>Two readings of two clocks, and a clock that is being slewed, differ by less: no hold begins for that, credit or not.</summary>
    private static readonly TimeSpan Jitter = TimeSpan.FromSeconds(1);

    /// <summary>Witness of a clock that said an impossible time before.</summary>
    private const string FirstSet = "the clock was set for the first time";

    /// <summary>Two clocks are read one after the other; a process that was stopped in between reads them again.</summary>
    private static readonly TimeSpan SameMoment = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private volatile Timeline _line = new(machine.GetUtcNow(), machine.GetTimestamp(), MostCredit, null, default, IsWitnessed: false);
    private bool _isCompared;
    private long _clickHouseApart;
    private long _acceptedApart;

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <summary>Why the machine's clock is not believed now; null while it is.</summary>
    public ClockHold? Hold
    {
        get
        {
            var line = _line;
            var (wall, expected) = Read(line);
            return line.Doubt is { } doubt ? new ClockHold(doubt, line.Since, Describe(doubt, wall, expected))
                : HasStepped(line.Credit, wall, expected) ? new ClockHold(ClockDoubt.Stepped, expected, Describe(ClockDoubt.Stepped, wall, expected))
                : IsClickHouseApart ? new ClockHold(ClockDoubt.ClickHouse, wall, DescribeClickHouse())
                : null;
        }
    }

    /// <summary>This server's id in <see cref="ClockLog"/>.</summary>
    public string Server { get; private set; } = NewServer();

    /// <summary>How often the time believed was moved before.</summary>
    public int TimelineNumber { get; private set; }

    /// <summary>The machine's clock less the time believed.</summary>
    public TimeSpan Difference
    {
        get
        {
            var line = _line;
            var (wall, expected) = Read(line);
            return line.Doubt is not null || HasStepped(line.Credit, wall, expected) ? wall - expected : TimeSpan.Zero;
        }
    }

    /// <summary>The machine's clock as it is, believed or not.</summary>
    public DateTimeOffset MachineTime => machine.GetUtcNow();

    /// <summary>What the next process in this data directory is to know.</summary>
    public ClockReading Reading
    {
        get
        {
            lock (_gate)
            {
                var line = _line;
                var now = machine.GetTimestamp();
                return new ClockReading(
                    Server, TimelineNumber, line.Time + machine.GetElapsedTime(line.Timestamp, now), witness.BootId, SinceBoot(now), line.Credit, line.Doubt,
                    line.Doubt is null ? null : line.Since, line.IsWitnessed);
            }
        }
    }

    private bool IsClickHouseApart =>
        new TimeSpan(Volatile.Read(ref _clickHouseApart) - Volatile.Read(ref _acceptedApart)).Duration() > MostApart;

    /// <summary>The time that may be believed: what ingest writes down, and what retention counts days from.</summary>
    public override DateTimeOffset GetUtcNow()
    {
        var line = _line;
        var (wall, expected) = Read(line);
        return line.Doubt is null && (wall - expected).Duration() <= line.Credit ? wall : expected;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>
    /// Begins with what is known from before: within one start of the machine the monotonic clock says exactly how much time passed since, however
    /// the machine's clock was moved meanwhile; else time cannot be before the newest that was seen. Returns whether a difference can be the time
    /// that the server was not running, and nothing else: then nothing was written down by a wrong time.
    /// </summary>
    /// <param name="kept">What the last server in this data directory wrote down; null for none.</param>
    /// <param name="newest">
    /// The newest time that journal and store have of their own, not of agents; null for none. It counts where nothing was written down.
    /// </param>
    public bool Start(ClockReading? kept, DateTimeOffset? newest)
    {
        lock (_gate)
        {
            Server = kept?.Server ?? Server;
            TimelineNumber = kept?.Timeline ?? TimelineNumber;
            var (wall, now) = ReadMachine();
            if (kept is { BootId.Length: > 0 } && kept.BootId == witness.BootId && SinceBoot(now) - kept.SinceBoot is var passed && passed >= TimeSpan.Zero)
            {
                _line = new Timeline(kept.Time + passed, now, Refilled(kept.Credit, passed), kept.Doubt, kept.Since ?? default, kept.IsWitnessed);
                return false;
            }

            // What was written down is that of a clock that was believed; the newest flow may be of one that was wrong once.
            if ((kept?.Time ?? newest) is { } seen)
            {
                var credit = kept?.Credit ?? FirstCredit;
                ClockDoubt? doubt = (wall - seen).Duration() <= credit ? null : kept?.Doubt ?? ClockDoubt.Started;
                _line = doubt is null
                    ? new Timeline(
                        wall, now, Least(MostCredit, credit - (kept is null ? TimeSpan.Zero : (wall - seen).Duration())), null, default,
                        kept?.IsWitnessed ?? false)
                    : new Timeline(seen, now, Least(MostCredit, credit), doubt, kept?.Since ?? seen, kept?.IsWitnessed ?? false);
                return kept is null or { Doubt: null, IsWitnessed: true };
            }

            _line = wall >= Earliest
                ? new Timeline(wall, now, MostCredit, null, default, IsWitnessed: false)
                : new Timeline(Earliest, now, MostCredit, ClockDoubt.Impossible, Earliest, IsWitnessed: false);
            return false;
        }
    }

    /// <summary>
    /// Looks at the machine's clock. What is within the credit is believed, what is not begins a hold, and one that agrees again ends it. Returns the move
    /// that a witness says is right; it is not made before <see cref="Adopt"/>, so that what has to be durable first can be.
    /// </summary>
    public ClockStep? Observe()
    {
        lock (_gate)
        {
            var line = _line;
            var (wall, now) = ReadMachine();
            var passed = machine.GetElapsedTime(line.Timestamp, now);
            var expected = line.Time + passed;
            var credit = Refilled(line.Credit, passed);
            var apart = (wall - expected).Duration();
            if (apart <= credit && wall >= Earliest)
            {
                _line = line with { Time = wall, Timestamp = now, Credit = credit - apart, Doubt = null };
                return null;
            }

            if (line.Doubt is null && !HasStepped(credit, wall, expected))
            {
                // Not taken over before there is credit for it: a second each second would be a clock of twice the speed.
                _line = line with { Time = expected, Timestamp = now, Credit = credit };
                return null;
            }

            _line = line with
            {
                Time = expected,
                Timestamp = now,
                Credit = credit,
                Doubt = line.Doubt ?? ClockDoubt.Stepped,
                Since = line.Doubt is null ? expected : line.Since,
            };
            return wall >= Earliest && witness.Confirms(wall) ? new ClockStep(expected, wall, now, "the kernel's clock is synchronized")
                // Nobody ever said what time it is: that of a clock which was set by now is as good as that of a first start.
                : line.Doubt == ClockDoubt.Impossible && wall >= Earliest ? new ClockStep(expected, wall, now, FirstSet)
                : null;
        }
    }

    /// <summary>
    /// The move onto the machine's clock that an administrator asks for; null for a time that is before this program was made, whoever says so.
    /// </summary>
    public ClockStep? Propose(string witness)
    {
        lock (_gate)
        {
            var (wall, now) = ReadMachine();
            return wall < Earliest ? null : new ClockStep(_line.Time + machine.GetElapsedTime(_line.Timestamp, now), wall, now, witness);
        }
    }

    /// <summary>Believes the machine's clock from now on; false, and nothing is changed, when it moved again since the step was proposed.</summary>
    /// <param name="step">The move.</param>
    /// <param name="acceptsClickHouse">Whether a ClickHouse with another clock holds nothing any more: for as long as it is no further apart.</param>
    public bool Adopt(ClockStep step, bool acceptsClickHouse = false)
    {
        lock (_gate)
        {
            var (wall, now) = ReadMachine();
            if ((wall - (step.To + machine.GetElapsedTime(step.Timestamp, now))).Duration() > SameMoment)
            {
                return false;
            }

            _line = new Timeline(wall, now, MostCredit, null, default, IsWitnessed: step.Witness != FirstSet);
            TimelineNumber++;
            if (_isCompared)
            {
                // It was measured from the time before.
                Volatile.Write(ref _clickHouseApart, _clickHouseApart - step.Ahead.Ticks);
            }

            Volatile.Write(ref _acceptedApart, acceptsClickHouse ? _clickHouseApart : 0);
            return true;
        }
    }

    /// <summary>Takes note of ClickHouse's clock: how far it is ahead of the time believed here.</summary>
    public void Compare(TimeSpan ahead)
    {
        lock (_gate)
        {
            _isCompared = true;
            Volatile.Write(ref _clickHouseApart, ahead.Ticks);
            if (ahead.Duration() <= MostApart)
            {
                // A difference that was accepted once is gone: another one is news.
                Volatile.Write(ref _acceptedApart, 0);
            }
        }
    }

    private (DateTimeOffset Wall, DateTimeOffset Expected) Read(Timeline line)
    {
        var expected = line.Time + machine.GetElapsedTime(line.Timestamp, machine.GetTimestamp());
        return (machine.GetUtcNow(), expected);
    }

    private (DateTimeOffset Wall, long Timestamp) ReadMachine()
    {
        // A debugger or a paused virtual machine can stop a process here as often as it likes, hence the bound.
        for (var tries = 0; ; tries++)
        {
            var before = machine.GetTimestamp();
            var wall = machine.GetUtcNow();
            var after = machine.GetTimestamp();
            if (machine.GetElapsedTime(before, after) <= SameMoment || tries == 10)
            {
                return (wall, after);
            }
        }
    }

    private static bool HasStepped(TimeSpan credit, DateTimeOffset wall, DateTimeOffset expected) =>
        (wall - expected).Duration() is var apart && apart > credit && apart > Jitter;

    private static string NewServer() => Guid.NewGuid().ToString("N")[..12];

    private TimeSpan SinceBoot(long timestamp) => machine.GetElapsedTime(0, timestamp);

    private static TimeSpan Refilled(TimeSpan credit, TimeSpan passed) => Least(MostCredit, credit + (passed * (MostCredit / CreditPeriod)));

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string Describe(ClockDoubt doubt, DateTimeOffset wall, DateTimeOffset expected)
    {
        var apart = wall - expected;
        var cause = doubt switch
        {
            ClockDoubt.Started => "it is far from the newest time that this store has seen",
            ClockDoubt.Impossible => "that is before this program was made",
            _ => "it was moved: the monotonic clock counts another time",
        };
        return $"the machine's clock says {Text(wall)}, {Text(apart.Duration())} {(apart < TimeSpan.Zero ? "behind" : "ahead of")} {Text(expected)}; {cause}";
    }

    private string DescribeClickHouse()
    {
        var ahead = new TimeSpan(Volatile.Read(ref _clickHouseApart));
        return $"ClickHouse's clock is {Text(ahead.Duration())} {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} this server's";
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Text(TimeSpan span) => span.Days > 0 ? $"{span.Days} d {span.Hours} h" : span.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture);

    /// <summary>The time believed at one moment of the monotonic clock.</summary>
    private sealed record Timeline(DateTimeOffset Time, long Timestamp, TimeSpan Credit, ClockDoubt? Doubt, DateTimeOffset Since, bool IsWitnessed);
}
