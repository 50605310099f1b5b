using KGuardian.Analytics.Exports.Files;

namespace KGuardian.Analytics.Exports;

/// <summary>Settings <c>Exports:*</c>.</summary>
internal sealed record ExportOptions
{
    /// <summary>Whether this server makes files. Default yes; off, schedules are kept and changed, and what they miss is a missed run.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Most bytes of all finished files; the oldest go first. Default 10 GiB.</summary>
    public long MaxBytes { get; init; } = 10L << 30;

    /// <summary>Longest time of one export; <c>Query:TimeLimit</c> is for those who wait. Default 12 h.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Where finished files go; null: the directory <c>exports</c> of the data directory.</summary>
    public BucketOptions? Bucket { get; init; }
}
