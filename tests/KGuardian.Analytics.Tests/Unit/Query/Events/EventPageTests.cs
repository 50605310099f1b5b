using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Tests.Unit.Query.Events;

/// <summary>Pages of events against what anybody would make of a sorted list, with few times, so that most of them are shared.</summary>
public sealed class EventPageTests
{
    private const int Times = 20;

    [Fact]
    public async Task Page_of_a_window_is_its_newest_and_goes_on_in_both_directions()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (events, limit) = (Events(random, random.Next(0, 40)), random.Next(1, 8));
            var source = Filtered(events, random);
            var begin = random.Next(0, Times);
            var window = Window(begin, begin + random.Next(0, Times));
            var inside = Sorted(source).Where(one => Time(one.Micros) >= window.From && Time(one.Micros) < window.To).ToArray();

            var page = await EventPage.ReadAsync(source, window, limit, default);

            Assert.Equal(inside.Take(limit), page.Rows);
            Assert.Equal(inside.Length, page.Total);
            // What is older than the page, and newer, whether or not it is in the window.
            var older = await EventPage.ReadAsync(source, page.Prev!.Value, 1000, default);
            Assert.Equal(Sorted(source).Where(one => page.Rows.Count > 0 ? one.CompareTo(page.Rows[^1]) < 0 : Time(one.Micros) < window.From), older.Rows);
            var newer = await EventPage.ReadAsync(source, page.Next!.Value, 1000, default);
            Assert.Equal(Sorted(source).Where(one => page.Rows.Count > 0 ? one.CompareTo(page.Rows[0]) > 0 : Time(one.Micros) >= window.To), newer.Rows);
        }
    }

    [Fact]
    public async Task Page_of_a_cursor_is_what_is_next_to_it_and_says_what_there_is_beyond()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var (events, limit) = (Events(random, random.Next(0, 40)), random.Next(1, 12));
            var source = Filtered(events, random);
            var sorted = Sorted(source);
            var cursor = new EventCursor((EventDirection)random.Next(3), Position(random), random.Next(2) == 0);
            var at = cursor.Position;
            var above = sorted.Where(one => one.CompareTo(at) > 0).ToArray();
            var below = sorted.Where(one => one.CompareTo(at) < 0).ToArray();
            EventPosition[] self = sorted.Contains(at) ? [at] : [];
            EventPosition[] included = cursor.IsInclusive ? self : [];

            var page = await EventPage.ReadAsync(source, cursor, limit, default);

            var half = above.TakeLast((limit - 1) / 2).ToArray();
            EventPosition[] expected = cursor.Direction switch
            {
                EventDirection.Older => [.. included.Concat(below).Take(limit)],
                EventDirection.Newer => [.. above.Concat(included).TakeLast(limit)],
                _ => [.. half.Concat(self.Concat(below).Take(limit - half.Length))],
            };
            Assert.Equal(expected, page.Rows);
            Assert.Equal(
                cursor.Direction switch
                {
                    EventDirection.Older => included.Length + below.Length,
                    EventDirection.Newer => included.Length + above.Length,
                    _ => (long?)null,
                },
                page.Total);
            if (expected.Length > 0)
            {
                Assert.Equal(sorted.Any(one => one.CompareTo(expected[^1]) < 0) ? new(EventDirection.Older, expected[^1], false) : null, page.Prev);
                Assert.Equal(sorted.Any(one => one.CompareTo(expected[0]) > 0) ? new(EventDirection.Newer, expected[0], false) : null, page.Next);
                continue;
            }

            // The way back, and the event at the position is on it.
            Assert.Equal(
                cursor.Direction == EventDirection.Newer && self.Length + below.Length > 0 ? new(EventDirection.Older, at, true) : null, page.Prev);
            var isBack = cursor.Direction == EventDirection.Older && self.Length + above.Length > 0;
            Assert.Equal(isBack || (cursor.Direction == EventDirection.Around && above.Length > 0), page.Next is not null);
            Assert.True(!isBack || page.Next is { Direction: EventDirection.Newer, IsInclusive: true });
        }
    }

    /// <summary>Whatever comes and goes during a walk, what was there all along is shown once, in order.</summary>
    [Fact]
    public async Task Walk_shows_what_is_there_all_along_once()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (events, limit) = (Events(random, random.Next(1, 60)), random.Next(1, 8));
            var stays = events.Where(_ => random.Next(4) > 0).ToHashSet();
            var source = new ListedEvents(events, _ => true);
            var isOlder = random.Next(2) == 0;
            var walked = new List<EventPosition>();
            EventCursor? cursor = isOlder
                ? new(EventDirection.Older, new EventPosition(Times, 0), false) : new(EventDirection.Newer, new EventPosition(-1, 0), false);
            while (cursor is { } next)
            {
                var page = await EventPage.ReadAsync(source, next, limit, default);
                walked.AddRange(isOlder ? page.Rows : page.Rows.Reverse());
                cursor = isOlder ? page.Prev : page.Next;
                events.ExceptWith(events.Where(one => !stays.Contains(one) && random.Next(3) == 0).ToArray());
                events.UnionWith(Events(random, 3));
            }

            Assert.Equal(walked.Count, walked.Distinct().Count());
            Assert.Equal(isOlder ? walked.OrderDescending() : walked.Order(), walked);
            Assert.Empty(stays.Except(walked));
        }
    }

    private static ListedEvents Filtered(HashSet<EventPosition> events, Random random)
    {
        var (divisor, rest) = ((ulong)random.Next(1, 4), (ulong)random.Next(0, 3));
        return new ListedEvents(events, one => one.Id % divisor >= rest % divisor);
    }

    private static EventPosition[] Sorted(ListedEvents source) =>
        [.. source.ReadAsync(default, newestFirst: true, int.MaxValue, default).Result];

    private static HashSet<EventPosition> Events(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Position(random))];

    private static EventPosition Position(Random random) =>
        new(random.Next(0, Times), random.Next(5) switch { 0 => 0, 1 => ulong.MaxValue, _ => (ulong)random.Next(0, 10) });

    private static TimeWindow Window(int from, int to) => new(Time(from), Time(to));

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);
}
