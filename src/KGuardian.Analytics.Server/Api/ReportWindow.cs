using System.Globalization;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Reads the window of reports: days, of which the last counts whole, or times, of which the last counts too.</summary>
internal static class ReportWindow
{
    private const string Allowed = $"a day as YYYY-MM-DD, or {FilterTime.Expected}, also written now-7d";

    /// <summary>The window that two parameters name.</summary>
    /// <exception cref="ParameterException">One of them is no day or time, or the first is behind the second.</exception>
    public static TimeWindow Read(QueryParameters parameters, (string Name, string Default) start, (string Name, string Default) end, DateTimeOffset now)
    {
        var from = Time(parameters, start, now);
        var last = Time(parameters, end, now);
        var to = IsDay(parameters.Text(end.Name) ?? end.Default) ? last.AddDays(1) : last.AddTicks(TimeSpan.TicksPerMicrosecond);
        return from < to
            ? new TimeWindow(from, to)
            : throw new ParameterException(
                start.Name, parameters.Text(start.Name) ?? start.Default, $"is behind {end.Name}, which is {parameters.Text(end.Name) ?? end.Default}",
                $"what is not behind {end.Name}");
    }

    private static DateTimeOffset Time(QueryParameters parameters, (string Name, string Default) parameter, DateTimeOffset now)
    {
        var text = parameters.Text(parameter.Name) ?? parameter.Default;
        var relative = text.StartsWith("now-", StringComparison.Ordinal) ? text["now".Length..] : text;
        return FilterTime.TryParse(relative, now, out var time) ? time : throw new ParameterException(parameter.Name, text, "is no day or time", Allowed);
    }

    private static bool IsDay(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
