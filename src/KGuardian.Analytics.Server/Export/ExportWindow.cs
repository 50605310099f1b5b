using System.Globalization;

namespace KGuardian.Analytics.Server.Export;

/// <summary>Times of an export, to the microsecond, as flows have them.</summary>
internal static class ExportWindow
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static DateTime Parse(string text) =>
        DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);

    public static string Text(DateTime time) => time.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>A window and a filter as a query.</summary>
    public static string Query(DateTime from, DateTime to, string? filter) =>
        $"from={Text(from)}&to={Text(to)}{(filter is null ? "" : $"&filter={Uri.EscapeDataString(filter)}")}";
}
