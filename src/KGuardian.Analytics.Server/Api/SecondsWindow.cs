using System.Globalization;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Windows as topology and network security write them: whole seconds since 1970, both ends over all of their second.</summary>
internal static class SecondsWindow
{
    /// <summary>The last second whose nanoseconds 64 bits hold: more is no time in seconds.</summary>
    private const long LastSecond = 9_223_372_036;

    private static readonly TimeSpan Default = TimeSpan.FromHours(24);

    /// <summary>The begin of the window.</summary>
    public static readonly ApiParameter<long?> From = Seconds(
        "from", "Begin of the window of first-seen time, in whole seconds since 1970; without it 24 hours before its end.");

    /// <summary>Its end.</summary>
    public static readonly ApiParameter<long?> To = Seconds(
        "to", "Its end, in whole seconds since 1970: all of that second is part of it. It may lie in the future; without it now.");

    /// <summary>The window of a request.</summary>
    /// <exception cref="ParameterException">It ends before it begins.</exception>
    public static TimeWindow Of(RequestParameters parameters, DateTimeOffset now)
    {
        var (from, to) = (parameters.Get(From), parameters.Get(To));
        if (from > to)
        {
            throw new ParameterException(From.Name, parameters.TextOf(From), $"is behind to, which is {to}", "a second that is not behind to");
        }

        // All of the last second is in the window.
        var end = to is { } second ? DateTimeOffset.FromUnixTimeSeconds(second + 1) : now;
        var begin = from is { } first ? DateTimeOffset.FromUnixTimeSeconds(first)
            : end - DateTimeOffset.UnixEpoch < Default ? DateTimeOffset.UnixEpoch : end - Default;
        return new TimeWindow(begin, begin < end ? end : begin.AddSeconds(1));
    }

    private static ApiParameter<long?> Seconds(string name, string text) =>
        new(name, text, new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = LastSecond }, given => Read(name, given), absent: null)
        {
            Example = 1_778_580_000,
        };

    private static long? Read(string name, string text) =>
        text.Length is 0 or > 20 || text.Any(c => !char.IsAsciiDigit(c))
            ? throw new ParameterException(name, text, "is not a time", "whole seconds since 1970, decimal digits only")
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LastSecond ? seconds
        : throw new ParameterException(name, text, "is too large", $"seconds, not nanoseconds: 0 to {LastSecond}");
}
