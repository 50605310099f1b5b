using KGuardian.Analytics.Query.Rows;

namespace KGuardian.Analytics.Exports.Files;

/// <summary>A file that is finished. Stored as JSON.</summary>
internal sealed record ExportFile
{
    /// <summary>Its id.</summary>
    public required string FileId { get; init; }

    /// <summary>The schedule that it is of.</summary>
    public required string ScheduleId { get; init; }

    /// <summary>What it holds.</summary>
    public required string ReportType { get; init; }

    /// <summary>How it is written.</summary>
    public RowFormat Format { get; init; }

    /// <summary>Its rows, as they were counted right before it was written.</summary>
    public long Rows { get; init; }

    /// <summary>Whether there were more, which are not in it.</summary>
    public bool IsCut { get; init; }

    /// <summary>Its length.</summary>
    public long Bytes { get; init; }

    /// <summary>SHA-256 of it: 64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Begin of its window, in microseconds since 1970.</summary>
    public long From { get; init; }

    /// <summary>End of its window, not part of it.</summary>
    public long To { get; init; }

    /// <summary>When it was finished.</summary>
    public DateTimeOffset CreatedOn { get; init; }

    /// <summary>Until when it is kept.</summary>
    public DateTimeOffset ExpiresOn { get; init; }

    /// <summary>Address of the bucket that it lies in; null: in the directory of exports.</summary>
    public Uri? Bucket { get; init; }

    /// <summary>Whether it is not listed any more, and its object is still to be deleted. Of files in a bucket only, which may be away.</summary>
    public bool IsDeleted { get; init; }
}
