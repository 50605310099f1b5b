using Cronos;
using NodaTime;
using NodaTime.TimeZones;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>
/// When a schedule runs. By cron each local time counts once: one that does not exist is the next instant that does, one that exists twice is the first.
/// Every so many seconds: the multiples of them since 1970, whatever the local time.
/// </summary>
internal sealed class ScheduleTimes
{
    /// <summary>Shortest time between two runs, in seconds; cron cannot say less.</summary>
    public const int LeastSeconds = 60;

    /// <summary>Longest one, in seconds: a year.</summary>
    public const int MostSeconds = 366 * 86_400;

    /// <summary>The zone of schedules that name none.</summary>
    public const string Utc = "UTC";

    private const int CronFields = 5;

    private static readonly ZoneLocalMappingResolver Once =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    private readonly CronExpression? _cron;
    private readonly DateTimeZone _zone;
    private readonly long _everySeconds;

    private ScheduleTimes(CronExpression? cron, DateTimeZone zone, long everySeconds) => (_cron, _zone, _everySeconds) = (cron, zone, everySeconds);

    /// <summary>The zones that are known, of IANA's database as this program brings it along.</summary>
    public static IReadOnlyList<string> TimeZones => DateTimeZoneProviders.Tzdb.Ids;

    /// <summary>Reads when a schedule runs.</summary>
    /// <param name="cron">Five fields; null for none.</param>
    /// <param name="everySeconds">A number of seconds; null for none. One of the two must be there.</param>
    /// <param name="timeZone">IANA's name of the zone that cron's times are of.</param>
    /// <exception cref="ExportException">It cannot be taken.</exception>
    public static ScheduleTimes Of(string? cron, long? everySeconds, string timeZone)
    {
        var zone = DateTimeZoneProviders.Tzdb.Ids.Contains(timeZone) ? DateTimeZoneProviders.Tzdb[timeZone]
            : throw new ExportException("schedule.timeZone", timeZone, "is no time zone", "a name of IANA's database, such as Europe/Berlin or UTC");
        if (everySeconds is { } seconds)
        {
            return cron is not null
                ? throw new ExportException("schedule", null, "has cron and everySeconds", "one of the two")
                : seconds is >= LeastSeconds and <= MostSeconds ? new ScheduleTimes(null, zone, seconds)
                : throw new ExportException("schedule.everySeconds", $"{seconds}", "is out of bounds", $"{LeastSeconds} to {MostSeconds}");
        }

        return new ScheduleTimes(
            Parse(cron ?? throw new ExportException("schedule", null, "has neither cron nor everySeconds", "one of the two")), zone, 0);
    }

    /// <summary>The first time behind another one; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        if (_cron is null)
        {
            return DateTimeOffset.FromUnixTimeSeconds(((after.ToUnixTimeSeconds() / _everySeconds) + 1) * _everySeconds);
        }

        // Local times in their order are instants in order, too: mapping never goes back.
        var local = DateTime.SpecifyKind(Instant.FromDateTimeOffset(after).InZone(_zone).LocalDateTime.ToDateTimeUnspecified(), DateTimeKind.Utc);
        while (_cron.GetNextOccurrence(local) is { } next)
        {
            var instant = _zone.ResolveLocal(LocalDateTime.FromDateTime(next), Once).ToDateTimeOffset().ToUniversalTime();
            if (instant > after)
            {
                return instant;
            }

            // The second of two hours of one name: this time was in the first.
            local = next;
        }

        return null;
    }

    /// <summary>The times behind one and up to another: the last of them, the one before it, and how many there are; null for none.</summary>
    public DueTimes? Due(DateTimeOffset after, DateTimeOffset upTo)
    {
        DueTimes? due = null;
        for (var next = Next(after); next is { } time && time <= upTo; next = Next(time))
        {
            due = new DueTimes(time, due?.Last, (due?.Count ?? 0) + 1);
        }

        return due;
    }

    private static CronExpression Parse(string cron)
    {
        const string Allowed = "five fields such as 30 2 * * 1-5: minute, hour, day of the month, month, day of the week";
        if (cron.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != CronFields)
        {
            throw new ExportException("schedule.cron", cron, $"has not {CronFields} fields", Allowed);
        }

        try
        {
            var parsed = CronExpression.Parse(cron, CronFormat.Standard);
            return parsed.GetNextOccurrence(DateTime.UnixEpoch) is not null ? parsed
                : throw new ExportException("schedule.cron", cron, "is a time that never comes", Allowed);
        }
        catch (CronFormatException e)
        {
            throw new ExportException("schedule.cron", cron, $"cannot be read: {e.Message.TrimEnd('.')}", Allowed, e);
        }
    }
}

/// <summary>Times at which a schedule should have run.</summary>
/// <param name="Last">The last one.</param>
/// <param name="Before">The one before it; null when there is none.</param>
/// <param name="Count">How many there are.</param>
internal sealed record DueTimes(DateTimeOffset Last, DateTimeOffset? Before, long Count);
