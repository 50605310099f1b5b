using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Exports.Sources;

/// <summary>A kind of report: what rows it has, of which fields, and how they are filtered.</summary>
/// <param name="name">What schedules call it.</param>
/// <param name="table">The table that its rows are of, or are made of: with columns of flows, and a sequence that no two rows share.</param>
/// <param name="vocabulary">The fields of filters.</param>
/// <param name="runner">Reads it.</param>
internal abstract class ExportSource(string name, string table, FilterVocabulary vocabulary, FlowQueryRunner runner)
{
    /// <summary>What schedules call it.</summary>
    public string Name => name;

    /// <summary>Reads its table.</summary>
    protected FlowQueryRunner Runner => runner;

    /// <summary>Names of all its fields.</summary>
    public abstract IReadOnlyList<string> Fields { get; }

    /// <summary>Names of those that a schedule has which names none.</summary>
    public abstract IReadOnlyList<string> DefaultFields { get; }

    /// <summary>Names that filters take.</summary>
    public IReadOnlyList<string> FilterNames => vocabulary.Names;

    /// <summary>Reads a filter; the empty text is the filter that everything passes.</summary>
    /// <exception cref="FilterException">It is none.</exception>
    public FlowFilter ParseFilter(string text, DateTimeOffset now) => text.Length == 0 ? FlowFilter.Everything : FlowFilter.Parse(text, now, vocabulary);

    /// <summary>Begins to read rows.</summary>
    /// <param name="request">Which.</param>
    /// <param name="limit">Most rows; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">The query failed; later failures are thrown by the body.</exception>
    public abstract Task<ExportRows> OpenAsync(ExportRequest request, long? limit, CancellationToken cancellationToken);

    /// <summary>What is true of rows that are exported, beside the filter; "1" for nothing.</summary>
    protected virtual string Shows(FlowFilter filter) => "1";

    /// <summary>
    /// Counts rows, and finds the narrowest window that has them: by arrival they may be of any time, and reads know how to be quick within a window.
    /// </summary>
    protected async Task<(long Rows, FlowSelection Narrowed)> NarrowAsync(FlowSelection selection, CancellationToken cancellationToken)
    {
        var found = await runner.ReadAsync(selection, shown => runner.SingleAsync<Extent>(
            shown.Query(where => $"""
                SELECT toInt64(count()) AS rows, toUnixTimestamp64Micro(min(t.time_stamp)) AS first, toUnixTimestamp64Micro(max(t.time_stamp)) AS last
                FROM {table} AS t WHERE {where} AND {Shows(selection.Filter)}
                """),
            cancellationToken));
        return selection.Arrived is null ? (found.Rows, selection)
            // Without rows any short one will do.
            : (found.Rows, selection with { Window = new TimeWindow(Time(found.First), Time(Math.Max(found.First, found.Last) + 1)) });
    }

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    private sealed record Extent(long Rows, long First, long Last);
}
