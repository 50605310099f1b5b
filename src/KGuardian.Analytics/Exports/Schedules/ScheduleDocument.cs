using System.Text.Json;
using KGuardian.Analytics.Exports.Sources;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Rows;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>
/// Reads what administrators write about schedules: all of it, what is left out is the default. What is read only is ignored, so that the answer of a GET
/// can be sent back. What is wrong is an <see cref="ExportException"/>.
/// </summary>
/// <param name="sources">What can be exported.</param>
internal sealed class ScheduleDocument(IReadOnlyList<ExportSource> sources)
{
    /// <summary>The longest name.</summary>
    public const int LongestName = 100;

    /// <summary>The most days that files are kept.</summary>
    public const int MostKeepDays = 365;

    /// <summary>Formats by name; the first is the default.</summary>
    public static readonly IReadOnlyList<(string Name, RowFormat Format)> Formats =
    [
        ("csv", RowFormat.Csv), ("json", RowFormat.JsonArray), ("ndjson", RowFormat.JsonLines), ("parquet", RowFormat.Parquet), ("arrow", RowFormat.Arrow),
    ];

    private static readonly string[] Known =
    [
        "name", "enabled", "reportType", "format", "schedule", "window", "basis", "filter", "fields", "catchUp", "keepDays",
    ];

    private static readonly string[] ReadOnly = ["id", "createdOn", "modifiedOn", "lastRun", "nextRun", "reports"];

    /// <summary>Reads a schedule.</summary>
    /// <param name="body">The document.</param>
    /// <param name="now">What relative times of filters count from.</param>
    /// <exception cref="ExportException">It cannot be taken.</exception>
    public ExportSchedule Read(JsonElement body, DateTimeOffset now) => Read(body, now, previewed: null);

    /// <summary>Reads what a preview is of: as a schedule, but name, reportType and schedule may be left out.</summary>
    /// <param name="body">The document.</param>
    /// <param name="source">What is exported.</param>
    /// <param name="now">What relative times of filters count from.</param>
    /// <exception cref="ExportException">It cannot be taken.</exception>
    public ExportSchedule ReadPreview(JsonElement body, ExportSource source, DateTimeOffset now) => Read(body, now, source);

    private ExportSchedule Read(JsonElement body, DateTimeOffset now, ExportSource? previewed)
    {
        try
        {
            return ReadText(body, now, previewed);
        }
        catch (InvalidOperationException e)
        {
            // Half of a surrogate pair, such as "\ud800", in a value or a name.
            throw new ExportException("body", null, "holds a text that is none", "Unicode", e);
        }
    }

    private ExportSchedule ReadText(JsonElement body, DateTimeOffset now, ExportSource? previewed)
    {
        var members = new DocumentMembers(body, "", [.. Known, .. ReadOnly]);
        var type = members.Word("reportType", [.. sources.Select(source => source.Name)]) ?? previewed?.Name
            ?? throw DocumentMembers.Missing("reportType", string.Join(", ", sources.Select(source => source.Name)));
        if (previewed is not null && type != previewed.Name)
        {
            throw new ExportException("reportType", type, "is not that of the path", previewed.Name);
        }

        var source = sources.First(source => source.Name == type);
        var schedule = new ExportSchedule
        {
            Name = members.Text("name", 1, LongestName) ?? (previewed is null ? throw DocumentMembers.Missing("name", $"1 to {LongestName} characters") : ""),
            Enabled = members.Flag("enabled") ?? true,
            ReportType = type,
            Format = Formats.First(known => known.Name == (members.Word("format", [.. Formats.Select(format => format.Name)]) ?? Formats[0].Name)).Format,
            Window = Window(members.Text("window", 1, LongestName)),
            IsByArrival = (members.Word("basis", ["arrival", "first_seen"]) ?? "arrival") == "arrival",
            Filter = members.Text("filter", 0, FilterLimits.TextLength, takesLines: true) ?? "",
            Fields = Fields(members, source),
            CatchesUp = (members.Word("catchUp", ["run", "skip"]) ?? "run") == "run",
            KeepDays = (int)(members.Integer("keepDays", 1, MostKeepDays) ?? 7),
        };
        CheckFilter(source, schedule.Filter, now);
        return WithTimes(schedule, members, isNeeded: previewed is null);
    }

    private static ExportSchedule WithTimes(ExportSchedule schedule, DocumentMembers members, bool isNeeded)
    {
        const string Allowed = """an object such as {"cron": "0 2 * * *", "timeZone": "Europe/Berlin"} or {"everySeconds": 3600}""";
        if (members.Object("schedule", Allowed, "cron", "everySeconds", "timeZone") is not { } times)
        {
            return isNeeded ? throw DocumentMembers.Missing("schedule", Allowed) : schedule;
        }

        var timed = schedule with
        {
            Cron = times.Text("cron", 1, LongestName),
            EverySeconds = times.Integer("everySeconds", ScheduleTimes.LeastSeconds, ScheduleTimes.MostSeconds),
            TimeZone = times.Text("timeZone", 1, LongestName) ?? ScheduleTimes.Utc,
        };
        _ = timed.Times;
        return timed;
    }

    private static string Window(string? text) =>
        text is null or ExportSchedule.SincePrevious ? ExportSchedule.SincePrevious
        : WindowLength.Of(text) is not null ? text
        : throw new ExportException("window", text, "is no window", WindowLength.Expected);

    private static IReadOnlyList<string>? Fields(DocumentMembers members, ExportSource source)
    {
        if (members.Texts("fields") is not { } fields)
        {
            return null;
        }

        if (fields.FirstOrDefault(field => !source.Fields.Contains(field)) is { } unknown)
        {
            var nearest = NearestName.Of(unknown, source.Fields) is { } name ? $", did you mean {name}?" : "";
            throw new ExportException("fields", unknown, $"has a field that {source.Name} have not{nearest}", string.Join(", ", source.Fields));
        }

        return fields.Count > 0 && fields.Distinct().Count() == fields.Count ? fields
            : throw new ExportException("fields", string.Join(',', fields), "is empty, or has a field twice", "different fields, one or more");
    }

    private static void CheckFilter(ExportSource source, string filter, DateTimeOffset now)
    {
        try
        {
            source.ParseFilter(filter, now);
        }
        catch (FilterException e)
        {
            throw new ExportException("filter", filter, $"cannot be read: {e.Message}", e.Expected, e);
        }
    }
}
