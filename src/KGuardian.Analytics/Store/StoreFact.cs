namespace KGuardian.Analytics.Store;

/// <summary>A fact in the table <c>store</c>: rows of one name, and the rule by which they count. No row is ever changed or merged away.</summary>
/// <param name="Name">The rows' name.</param>
internal abstract record StoreFact(string Name);

/// <summary>
/// The oldest row counts, and among those of one moment the smallest value: of two servers that write at once both take the same. For what is made once.
/// </summary>
/// <param name="Name">The rows' name.</param>
internal sealed record PutOnceFact(string Name) : StoreFact(Name);

/// <summary>The newest row counts. For what is changed.</summary>
/// <param name="Name">The rows' name.</param>
internal sealed record SetFact(string Name) : StoreFact(Name);

/// <summary>Every row counts, in the order in which they were written. For what happened.</summary>
/// <param name="Name">The rows' name.</param>
internal sealed record AppendFact(string Name) : StoreFact(Name);

/// <summary>The row with the highest value counts, whenever it was written. For what only grows: numbers as decimal digits, days as yyyy-MM-dd.</summary>
/// <param name="Name">The rows' name.</param>
internal sealed record MaxFact(string Name) : StoreFact(Name);

/// <summary>Every fact that a store has.</summary>
internal static class StoreFactNames
{
    /// <summary>32 hexadecimal digits: part of the hash by which flows are known. No two stores ever have the same.</summary>
    public static readonly PutOnceFact DedupSecret = new("dedup_secret");

    /// <summary>32 hexadecimal digits: signs cursors.</summary>
    public static readonly PutOnceFact CursorSecret = new("cursor_secret");

    /// <summary>Shards that the store has flows on.</summary>
    public static readonly MaxFact Shards = new("shards");

    /// <summary>The order of arrival goes on behind it, whatever the table has after a restore.</summary>
    public static readonly MaxFact SequenceFloor = new("sequence_floor");

    /// <summary>The epoch up to which journals' records are void, because the store was restored from a backup after them.</summary>
    public static readonly MaxFact JournalFloor = new("journal_floor");

    /// <summary>How often all flows were cleared, counted before it is done.</summary>
    public static readonly MaxFact Clears = new("clears");

    /// <summary>Days that flows are kept, when they were set at runtime; 0 is for ever.</summary>
    public static readonly SetFact RetentionDays = new("retention_days");

    /// <summary>Days that flows are kept, wherever they were set: for dashboards.</summary>
    public static readonly SetFact RetentionDaysInEffect = new("retention_days_in_effect");

    /// <summary>The day before which nothing shows again.</summary>
    public static readonly MaxFact RetentionOldestDay = new("retention_oldest_day");

    /// <summary>A clear of all flows has begun: its id.</summary>
    public static readonly AppendFact ClearBegun = new("clear_begun");

    /// <summary>It is done on all shards.</summary>
    public static readonly AppendFact ClearDone = new("clear_done");

    /// <summary>The verdict up to which events were cleared together with the flows: those up to it raise none again.</summary>
    public static readonly MaxFact ClearedVerdicts = new("cleared_verdicts");

    /// <summary>The place in the order of arrival up to which flows were cleared: behind it edges are learnt anew.</summary>
    public static readonly MaxFact ClearedFlows = new("cleared_flows");

    /// <summary>A backup that was made, as JSON.</summary>
    public static readonly AppendFact Backup = new("backup");

    /// <summary>A step of a server's clock, as ClockLog writes it.</summary>
    public static readonly AppendFact Clock = new("clock");
}
