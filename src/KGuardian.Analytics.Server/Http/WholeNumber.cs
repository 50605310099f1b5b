using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace KGuardian.Analytics.Server.Http;

/// <summary>Reads a query parameter that is a whole number.</summary>
internal static class WholeNumber
{
    /// <summary>Reads it; <paramref name="problem"/> says why not, or is null. Not given: <paramref name="value"/> is null.</summary>
    public static void Read(IQueryCollection query, string name, int least, int most, out int? value, out string? problem)
    {
        (value, problem) = (null, null);
        if (!query.TryGetValue(name, out var given))
        {
            return;
        }

        if (given is [{ } text] && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
        {
            value = number;
            return;
        }

        problem = given.Count > 1
            ? $"{name} is given {given.Count} times: one value is taken"
            : $"{name} = '{Shown(given)}': a whole number from {least} to {most} is taken";
    }

    /// <summary>Says which parameter is not known; null when all are.</summary>
    public static string? FindUnknown(IQueryCollection query, params ReadOnlySpan<string> known)
    {
        foreach (var name in query.Keys)
        {
            if (!known.Contains(name))
            {
                return known.Length == 0
                    ? $"there is no parameter '{Shown(name)}': this route takes none"
                    : $"there is no parameter '{Shown(name)}': this route takes {string.Join(", ", known!)}";
            }
        }

        return null;
    }

    private static string Shown(StringValues value) => value.ToString() is { Length: > 100 } text ? text[..100] + "…" : value.ToString();
}
