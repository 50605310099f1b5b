using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>A stream of events in the order in which they arrived: a table, its places (sequence, id), and how a row becomes an event.</summary>
/// <param name="name">What integrations call it.</param>
/// <param name="table">The table; it has the columns of a flow, and a sequence that no two rows share.</param>
/// <param name="vocabulary">The fields that filters of it have.</param>
/// <param name="runner">Reads it, within the limits of <c>Query:*</c> and the retention window.</param>
/// <param name="secrets">Flows are known by one of them.</param>
/// <param name="complete">The sequence up to which everything is in the table, and nothing more will ever come there.</param>
internal abstract class EventChannel(
    string name, string table, FilterVocabulary vocabulary, FlowQueryRunner runner, StoreSecrets secrets, Func<long> complete)
{
    /// <summary>The rows behind a place and up to a sequence.</summary>
    protected const string Behind = "t.sequence > {after:UInt64} AND t.sequence <= {up_to:UInt64}";

    private static readonly TimeWindow AllTimes = new(FilterTime.Earliest, FilterTime.End);

    /// <summary>A row has some 300 bytes.</summary>
    private const int BufferBytes = 32 << 10;

    /// <summary>What integrations call it.</summary>
    public string Name => name;

    /// <summary>The sequence up to which everything is in the table, and nothing more will ever come there.</summary>
    public long Complete => complete();

    /// <summary>Reads an integration's filter; the empty text is the filter that everything passes.</summary>
    /// <exception cref="FilterException">It is none.</exception>
    public FlowFilter ParseFilter(string text, DateTimeOffset now)
    {
        var filter = text.Length == 0 ? FlowFilter.Everything : FlowFilter.Parse(text, now, vocabulary);
        return !Asks(filter) ? filter
            : throw new FilterException("an event that arrives was seen once", "every field but count, observations and last_seen");
    }

    /// <summary>Rows behind a place, in their order: each as JSON, to be used before the next one is read.</summary>
    /// <param name="filter">What is true of them.</param>
    /// <param name="after">The place.</param>
    /// <param name="upTo">They arrived here at the latest.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed; the rows before are whole.</exception>
    public async IAsyncEnumerable<ReadOnlySequence<byte>> ReadAsync(
        FlowFilter filter, EventPlace after, long upTo, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = await SelectAsync(filter, after, upTo, limit, cancellationToken);
        var reader = PipeReader.Create(rows.Body, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));
        try
        {
            for (var isEnd = false; !isEnd;)
            {
                var read = await reader.ReadAsync(cancellationToken);
                isEnd = read.IsCompleted;
                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    yield return rest.Slice(0, end);
                    rest = rest.Slice(rest.GetPosition(1, end));
                }

                reader.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    /// <summary>The sequence up to which there are so many rows behind a place; the last one when there are fewer.</summary>
    /// <param name="filter">What is true of them.</param>
    /// <param name="after">The place.</param>
    /// <param name="upTo">The last one.</param>
    /// <param name="limit">How many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<long> FindEndAsync(FlowFilter filter, EventPlace after, long upTo, int limit, CancellationToken cancellationToken)
    {
        var selection = await SelectionAsync(filter, cancellationToken);
        return await runner.ReadAsync(selection, shown => runner.SingleAsync<long>(
            Bound(
                shown.Query(where => $$"""
                    SELECT toInt64(if(count() < {limit:UInt64}, {up_to:UInt64}, max(s.sequence))) AS value
                    FROM
                    (
                        SELECT t.sequence AS sequence FROM {{table}} AS t WHERE {{Behind}} AND {{where}} AND {{Shows(filter)}}
                        ORDER BY t.sequence LIMIT {limit:UInt64}
                    ) AS s
                    """),
                after, upTo).With("limit", limit),
            cancellationToken));
    }

    /// <summary>What is behind a place, up to a sequence.</summary>
    /// <param name="filter">What is true of it.</param>
    /// <param name="after">The place.</param>
    /// <param name="knownUpTo">The sequence up to which it was counted before.</param>
    /// <param name="upTo">The sequence.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<Backlog> CountAsync(FlowFilter filter, EventPlace after, long knownUpTo, long upTo, CancellationToken cancellationToken)
    {
        var selection = await SelectionAsync(filter, cancellationToken);
        return await runner.ReadAsync(selection, shown => runner.SingleAsync<Backlog>(
            Bound(
                shown.Query(where => $$"""
                    SELECT toInt64(count()) AS events, toInt64(countIf(t.sequence <= {known:UInt64})) AS known_events, toInt64(min(t.sequence)) AS first
                    FROM {{table}} AS t WHERE {{Behind}} AND {{where}} AND {{Shows(filter)}}
                    """),
                after, upTo).With("known", knownUpTo),
            cancellationToken));
    }

    /// <summary>Writes a row's event as JSON, and says what targets need to know of it.</summary>
    public abstract ForwardedEvent Write(ReadOnlySequence<byte> row, Utf8JsonWriter json);

    /// <summary>What is true of rows that are sent, beside the filter; "1" for nothing.</summary>
    protected virtual string Shows(FlowFilter filter) => "1";

    /// <summary>The query for rows, in JSON, a line each.</summary>
    /// <param name="shown">The rows that have not expired.</param>
    /// <param name="filter">What is true of them.</param>
    protected abstract ClickHouseQuery Rows(ShownFlows shown, FlowFilter filter);

    private static ClickHouseQuery Bound(ClickHouseQuery query, EventPlace after, long upTo) => query.With("after", after.Sequence).With("up_to", upTo);

    private async Task<ClickHouseResult> SelectAsync(
        FlowFilter filter, EventPlace after, long upTo, int limit, CancellationToken cancellationToken)
    {
        var selection = await SelectionAsync(filter, cancellationToken);
        return await runner.ReadAsync(selection, shown => runner.StreamAsync(
            Bound(Rows(shown, filter), after, upTo).With("limit", limit), cancellationToken));
    }

    private async Task<FlowSelection> SelectionAsync(FlowFilter filter, CancellationToken cancellationToken) =>
        new(AllTimes, filter, FlowIdSql.Of(await secrets.GetHasherAsync(cancellationToken)));

    private static bool Asks(FlowFilter filter) => filter switch
    {
        FlowComparison comparison => comparison.Field.IsActivity,
        FlowGroup group => group.Filters.Any(Asks),
        FlowNot not => Asks(not.Filter),
        _ => false,
    };
}
