using System.Text.Json.Serialization;
using KGuardian.Analytics.Query.Rows;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>What is exported, when and how, as an administrator says; and up to where it was. Stored as JSON.</summary>
internal sealed record ExportSchedule
{
    /// <summary>The window of a run is what came since the run before it.</summary>
    public const string SincePrevious = "sincePrevious";

    /// <summary>Its id.</summary>
    public string Id { get; init; } = "";

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it runs.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>What is exported: the name of a source.</summary>
    public required string ReportType { get; init; }

    /// <summary>How the file is written.</summary>
    public RowFormat Format { get; init; } = RowFormat.Csv;

    /// <summary>When it runs, by cron; null where <see cref="EverySeconds"/> says.</summary>
    public string? Cron { get; init; }

    /// <summary>How often it runs, in seconds; null where <see cref="Cron"/> says.</summary>
    public long? EverySeconds { get; init; }

    /// <summary>The zone of cron's times.</summary>
    public string TimeZone { get; init; } = ScheduleTimes.Utc;

    /// <summary><see cref="SincePrevious"/>, or a time back from the run such as -24h.</summary>
    public string Window { get; init; } = SincePrevious;

    /// <summary>Whether the window is one of arrival; else of first-seen time.</summary>
    public bool IsByArrival { get; init; } = true;

    /// <summary>What else is true of what is exported; empty for all.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Names of the fields, in their order; null for those that the source has by default.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>Whether runs that were missed are made up for, by one file over all of the gap.</summary>
    public bool CatchesUp { get; init; } = true;

    /// <summary>Days that files are kept.</summary>
    public int KeepDays { get; init; } = 7;

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedOn { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset ModifiedOn { get; init; }

    /// <summary>The end of the last window, in microseconds since 1970: where the next one begins, with <see cref="SincePrevious"/>.</summary>
    public long Position { get; init; }

    /// <summary>Its times up to this one had their run, or have none; microseconds since 1970. Never goes back, as clocks do.</summary>
    public long ConsideredUpTo { get; init; }

    /// <summary>The last run that was planned, in microseconds since 1970; 0 for none.</summary>
    public long LastRun { get; init; }

    /// <summary>The run that has begun, or is to; null for none. Until it is finished it is the same: its file, its bounds.</summary>
    public PlannedRun? Run { get; init; }

    /// <summary>When it runs.</summary>
    [JsonIgnore]
    public ScheduleTimes Times => ScheduleTimes.Of(Cron, EverySeconds, TimeZone);
}

/// <summary>A run of a schedule.</summary>
/// <param name="FileId">The file that it makes.</param>
/// <param name="From">Begin of its window, in microseconds since 1970.</param>
/// <param name="To">End of its window, not part of it: the time for which it was planned.</param>
internal sealed record PlannedRun(string FileId, long From, long To);
