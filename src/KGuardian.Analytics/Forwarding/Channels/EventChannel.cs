using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>A stream of events in the order in which they arrived: a table, its places (sequence, id), and how a row becomes an event.</summary>
/// <param name="name">What integrations call it.</param>
/// <param name="vocabulary">The fields that filters of it have.</param>
/// <param name="complete">The sequence up to which everything is in the table, and nothing more will ever come there.</param>
internal abstract class EventChannel(string name, FilterVocabulary vocabulary, Func<long> complete)
{
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

    /// <summary>Rows behind a place, in their order: each a JSON array, to be used before the next one is read.</summary>
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

    /// <summary>What is behind a place, up to a sequence.</summary>
    /// <param name="filter">What is true of it.</param>
    /// <param name="after">The place.</param>
    /// <param name="knownUpTo">The sequence up to which it was counted before.</param>
    /// <param name="upTo">The sequence.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public abstract Task<Backlog> CountAsync(FlowFilter filter, EventPlace after, long knownUpTo, long upTo, CancellationToken cancellationToken);

    /// <summary>Writes a row's event as JSON, and says what targets need to know of it.</summary>
    public abstract ForwardedEvent Write(ReadOnlySequence<byte> row, Utf8JsonWriter json);

    /// <summary>Begins to read rows as <c>JSONCompactEachRow</c>.</summary>
    protected abstract Task<ClickHouseResult> SelectAsync(
        FlowFilter filter, EventPlace after, long upTo, int limit, CancellationToken cancellationToken);

    private static bool Asks(FlowFilter filter) => filter switch
    {
        FlowComparison comparison => comparison.Field.IsActivity,
        FlowGroup group => group.Filters.Any(Asks),
        FlowNot not => Asks(not.Filter),
        _ => false,
    };
}
