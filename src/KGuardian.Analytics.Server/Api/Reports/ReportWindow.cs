using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary>The window of reports, whose end counts: all of the day, second or fraction that it is written to.</summary>
/// <param name="Start">The parameter that says where it begins.</param>
/// <param name="End">The parameter that says where it ends.</param>
internal sealed record ReportWindow(MomentParameter<TimeWindow> Start, MomentParameter<TimeWindow> End)
{
    private const string Example = "2026-05-12";
    private const string Problem = "is no day or time";

    /// <summary>A window between two parameters, each with the time that counts when it is left out.</summary>
    public static ReportWindow Between((string Name, string Fallback) start, (string Name, string Fallback) end) => new(
        Parameter.Time(start.Name, "First day or time of the window.", Example, start.Fallback, Problem),
        Parameter.Time(
            end.Name, "Last day or time of it, all of the day, minute, second or fraction that it is written to: the time of a report finds that report.",
            Example, end.Fallback, Problem));

    /// <summary>The window that a request names.</summary>
    /// <exception cref="ParameterException">One of the two is no day or time, or the first is behind the second.</exception>
    public TimeWindow Read(RequestParameters parameters, DateTimeOffset now)
    {
        var (from, to) = (parameters.Get(Start, now).From, parameters.Get(End, now).To);
        return from < to
            ? new TimeWindow(from, to)
            : throw new ParameterException(
                Start.Name, parameters.TextOf(Start), $"is behind {End.Name}, which is {parameters.TextOf(End)}", $"what is not behind {End.Name}");
    }
}
