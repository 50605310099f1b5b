using System.Collections.Concurrent;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Pages;

/// <summary>
/// Remembers how far back in time the newest-first pages of a filter reached, so that the next one need not open every part of the table to find
/// out: at 10 million flows that is half of a page's time. Only a guess of where a page ends: one that comes out short is read anew without it.
/// </summary>
internal sealed class LookbackEstimator
{
    /// <summary>Filters that are remembered; then all are forgotten.</summary>
    private const int MostFilters = 1000;

    private readonly ConcurrentDictionary<Question, Reach> _known = new();

    /// <summary>When the page's oldest flow was seen, or before; null when that is not known, or no later than the window's begin.</summary>
    public DateTimeOffset? Guess(ShownFlows shown, FlowKeyset? after, int limit)
    {
        if (!_known.TryGetValue(Question.Of(shown, limit), out var reach))
        {
            return null;
        }
        // The newest flows of before are still there, but for those that were cleared; elsewhere flows are about as dense.
        var micros = after is { } position ? position.Micros - (2 * reach.Depth) : reach.Newest;
        return micros > TimeWindow.Micros(shown.Window.From) ? DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond) : null;
    }

    /// <summary>Remembers a page that others follow.</summary>
    public void Learn(ShownFlows shown, FlowKeyset? after, int limit, JsonRows page)
    {
        var (first, beyond) = (FlowKeyset.Parse(page.FirstKey!).Micros, FlowKeyset.Parse(page.KeyBeyond!).Micros);
        var question = Question.Of(shown, limit);
        if (_known.Count >= MostFilters)
        {
            _known.Clear();
        }
        // Without a first page there is nothing to say about the newest flows.
        var newest = after is null ? beyond : _known.TryGetValue(question, out var known) ? known.Newest : long.MinValue;
        _known[question] = new Reach(newest, first - beyond);
    }

    // A filter's hash, as it may be long: one that is taken for another is a slower page, no wrong one.
    private readonly record struct Question(int Filter, double Hours, int Limit)
    {
        public static Question Of(ShownFlows shown, int limit) =>
            new(shown.Filter.GetHashCode(), Math.Ceiling((shown.Window.To - shown.Window.From).TotalHours), limit);
    }

    /// <param name="Newest">When the first flow behind the first page was seen, in microseconds since 1970.</param>
    /// <param name="Depth">Microseconds from a page's first flow to the first one behind it.</param>
    private readonly record struct Reach(long Newest, long Depth);
}
