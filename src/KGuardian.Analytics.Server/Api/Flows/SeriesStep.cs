using System.Globalization;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>The step of a time series: a number and a unit such as <c>5m</c>, or one that suits the window.</summary>
internal static class SeriesStep
{
    /// <summary>Points of a series whose step is chosen here: what a chart can show.</summary>
    private const int SuitablePoints = 200;

    /// <summary>Points of any series.</summary>
    private const int MostPoints = 10_000;

    private const string Allowed = "a number from 1 to 9999 and s, m, h, d or w, such as 30s, 5m or 1d, that makes at most 10000 points";

    /// <summary>The step as it is asked for.</summary>
    public static readonly ApiParameter<TimeSpan?> Step = Parameter.Meaning<TimeSpan?>(
        "step",
        "The step: a number and s, m, h, d or w. Without it one that suits the window. Steps begin at multiples of their length since 1970-01-01, "
        + "those of whole weeks on Mondays (ISO weeks; several are counted from 1970-01-05).",
        "1h", ("is no step", Allowed), Parse);

    private static readonly TimeSpan[] Suitable =
    [
        .. new[] { 1, 5, 10, 30 }.Select(n => TimeSpan.FromSeconds(n)), .. new[] { 1, 5, 10, 30 }.Select(n => TimeSpan.FromMinutes(n)),
        .. new[] { 1, 3, 6, 12 }.Select(n => TimeSpan.FromHours(n)), .. new[] { 1, 7, 28, 364 }.Select(n => TimeSpan.FromDays(n)),
    ];

    /// <summary>The step that is asked for, or one that suits the window.</summary>
    /// <param name="parameters">The request's.</param>
    /// <param name="window">The window.</param>
    /// <param name="unit">Steps are whole numbers of it.</param>
    /// <exception cref="ParameterException">The step is none, or makes too many points.</exception>
    public static TimeSpan Of(RequestParameters parameters, TimeWindow window, TimeSpan unit)
    {
        var span = window.To - window.From;
        if (parameters.Get(Step) is not { } given)
        {
            return Suitable.FirstOrDefault(step => IsWhole(step, unit) && span / step <= SuitablePoints, Suitable[^1]);
        }

        if (!IsWhole(given, unit))
        {
            throw new ParameterException(
                Step.Name, parameters.TextOf(Step), "is not of whole hours, by which activity is counted",
                "1h or more whole hours, such as 6h or 1d");
        }

        return span / given <= MostPoints ? given
            : throw new ParameterException(Step.Name, parameters.TextOf(Step), $"makes {Math.Ceiling(span / given)} points", Allowed);
    }

    private static bool IsWhole(TimeSpan step, TimeSpan unit) => step.Ticks % unit.Ticks == 0;

    private static TimeSpan? Parse(string text)
    {
        if (text.Length > 5 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return null;
        }

        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            'w' => TimeSpan.FromDays(7 * number),
            _ => null,
        };
    }
}
