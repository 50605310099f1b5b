using System.Globalization;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Events;

/// <summary>How routes of events are asked: a window in nanoseconds or a cursor, and how many. Declared once a family.</summary>
internal sealed class EventParameters
{
    private const string Expected = "whole nanoseconds since 1970, 0 to 9223372036854775807, in decimal digits only";

    private readonly string _family;
    private readonly EventWindowRules _rules;
    private readonly bool _isRequired;

    /// <summary>The parameters of a family.</summary>
    /// <param name="family">Its name, which its cursors are signed with.</param>
    /// <param name="most">Events of the largest page.</param>
    /// <param name="rules">What windows it takes.</param>
    /// <param name="isRequired">Whether both ends of a window must be there.</param>
    public EventParameters(string family, int most, EventWindowRules rules, bool isRequired = false)
    {
        (_family, _rules, _isRequired) = (family, rules, isRequired);
        var span = rules.Default.TotalHours;
        From = Nanoseconds(
            "from", $"Begin of the window, in nanoseconds since 1970; it is part of it. Without it {span} hours before its end.",
            1_708_011_862_000_000_000);
        To = Nanoseconds("to", "End of the window, in nanoseconds since 1970; it is part of it. Without it now.", 1_708_011_873_000_000_000);
        if (isRequired)
        {
            From = From.Required();
            To = To.Required();
        }

        Limit = Parameter.Integer("limit", "Most events.", 1, most, 100, 2);
    }

    /// <summary>Begin of the window.</summary>
    public ApiParameter<long?> From { get; }

    /// <summary>Its end.</summary>
    public ApiParameter<long?> To { get; }

    /// <summary>Where a page goes on.</summary>
    public ApiParameter<string?> Cursor { get; } = Parameter.Text(
        "cursor",
        "The prev or next of a page, or the cursor of an event, whose surroundings are shown; without from and to. "
        + "The filters of this request count, not those of the page that it is of.",
        null, CursorSigner.EventText);

    /// <summary>Most events.</summary>
    public IntegerParameter Limit { get; }

    /// <summary>Which events a request is about.</summary>
    /// <exception cref="ParameterException">The window, the cursor or the limit cannot be taken, or not together.</exception>
    public EventRequest Read(RequestParameters parameters, CursorSigner signer, DateTimeOffset now)
    {
        var limit = parameters.Get(Limit);
        if (parameters.Get(Cursor) is not { } text)
        {
            return new EventRequest(ReadWindow(parameters, now), null, limit);
        }

        if (parameters.Has(From) || parameters.Has(To))
        {
            throw new ParameterException(Cursor.Name, text, "does not go with from or to", "a cursor, or from and to");
        }

        try
        {
            return new EventRequest(default, signer.ReadEvent(text, _family), limit);
        }
        catch (CursorException e)
        {
            throw new ParameterException(Cursor.Name, text, e.Problem, "the prev or next of a page of these routes, or the cursor of one of their events");
        }
    }

    /// <summary>The window of a request.</summary>
    /// <param name="parameters">The request's.</param>
    /// <param name="now">What it ends at without an end.</param>
    /// <exception cref="ParameterException">It cannot be taken.</exception>
    public EventWindow ReadWindow(RequestParameters parameters, DateTimeOffset now)
    {
        var (from, to) = (parameters.Get(From), parameters.Get(To));
        if ((_isRequired && (from is null || to is null)) || (!_rules.TakesOneEnd && from is null != to is null))
        {
            throw new ParameterException(
                from is null ? From.Name : To.Name, "", "is missing", $"both from and to{(_isRequired ? "" : ", or neither")}: {Expected}");
        }

        var end = to ?? NanosecondTime.Of(TimeWindow.Micros(now));
        var begin = from ?? Math.Max(0, end - Nanoseconds(_rules.Default));
        return begin > end ? throw new ParameterException(From.Name, parameters.TextOf(From), $"is behind to, which is {end}", $"at most {end}")
            : _rules.Longest is { } longest && end - begin > Nanoseconds(longest)
            ? throw new ParameterException(
                From.Name, parameters.TextOf(From), $"is {end - begin} ns before to", $"at most {Nanoseconds(longest)} ns before it, {longest.TotalDays} days")
            : new EventWindow(begin, end);
    }

    private static long Nanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;

    private static ApiParameter<long?> Nanoseconds(string name, string text, long example) =>
        new(name, text, new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = long.MaxValue }, given => Read(name, given), absent: null)
        {
            Example = example,
        };

    private static long? Read(string name, string text) =>
        text.Length is > 0 and <= 20 && text.All(char.IsAsciiDigit) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            ? time
            : throw new ParameterException(name, text, "is not a time", Expected);
}

/// <summary>What windows a family takes.</summary>
/// <param name="Default">How long before its end one begins that says no begin.</param>
/// <param name="TakesOneEnd">Whether one end may be left out without the other.</param>
/// <param name="Longest">The longest difference between its ends; null where there is none.</param>
internal sealed record EventWindowRules(TimeSpan Default, bool TakesOneEnd, TimeSpan? Longest);
