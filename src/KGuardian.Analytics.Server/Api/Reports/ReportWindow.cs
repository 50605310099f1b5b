using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary>Reads the window of reports, whose end counts: all of the day, second or fraction that it is written to.</summary>
internal static class ReportWindow
{
    /// <summary>The window that two parameters name.</summary>
    /// <exception cref="ParameterException">One of them is no day or time, or the first is behind the second.</exception>
    public static TimeWindow Read(QueryParameters parameters, (string Name, string Default) start, (string Name, string Default) end, DateTimeOffset now)
    {
        var (from, to) = (Time(parameters, start, now).From, Time(parameters, end, now).To);
        return from < to
            ? new TimeWindow(from, to)
            : throw new ParameterException(
                start.Name, parameters.Text(start.Name) ?? start.Default, $"is behind {end.Name}, which is {parameters.Text(end.Name) ?? end.Default}",
                $"what is not behind {end.Name}");
    }

    private static TimeWindow Time(QueryParameters parameters, (string Name, string Default) parameter, DateTimeOffset now)
    {
        var text = parameters.Text(parameter.Name) ?? parameter.Default;
        return FilterTime.TryParse(text, now, out var time) ? time : throw new ParameterException(parameter.Name, text, "is no day or time", FilterTime.Expected);
    }
}
