using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Rows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Tail;

/// <summary>Reads flows in the order in which they arrived.</summary>
internal sealed class TailReader(ClickHouseClient client, QueryOptions options)
{
    /// <summary>
    /// Rows of one read: ClickHouse sorts them, and holds them while the client takes its time (at 400 bytes a row, 12 MB). Fewer would make a
    /// tail that begins far behind slow: each read looks at all sequence numbers.
    /// </summary>
    public const int BatchRows = 30_000;

    /// <summary>Some hundred rows.</summary>
    private const int BufferBytes = 64 << 10;

    /// <summary>The first flows behind a place and up to another one, at most <see cref="BatchRows"/>.</summary>
    /// <param name="filter">What is true of them; nothing about activity.</param>
    /// <param name="columns">What is shown of them.</param>
    /// <param name="oldest">The oldest arrival day that shows.</param>
    /// <param name="after">They arrived behind this.</param>
    /// <param name="upTo">They arrived here at the latest.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="ClickHouseException">The query failed; the rows before are whole.</exception>
    public async IAsyncEnumerable<TailRow> ReadAsync(
        FlowFilter filter, IReadOnlyList<FlowColumn> columns, DateOnly oldest, long after, long upTo,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = Query(filter, columns, oldest, after, upTo) with { TimeLimit = options.TimeLimit, MemoryLimitBytes = options.MemoryLimitBytes };
        await using var rows = await client.StreamAsync(query.InFormat(RowFormat.JsonLines).WithGranulesCounted(), cancellationToken);
        var buffer = new byte[BufferBytes];
        var length = 0;
        for (int read; (read = await rows.Body.ReadAsync(buffer.AsMemory(length), cancellationToken)) > 0;)
        {
            length += read;
            var at = 0;
            for (int end; (end = buffer.AsSpan(at, length - at).IndexOf((byte)'\n')) >= 0; at += end + 1)
            {
                yield return TailRow.Parse(buffer.AsMemory(at, end));
            }

            buffer.AsSpan(at, length - at).CopyTo(buffer);
            length -= at;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * length);
            }
        }
    }

    internal static ClickHouseQuery Query(FlowFilter filter, IReadOnlyList<FlowColumn> columns, DateOnly oldest, long after, long upTo)
    {
        var condition = FilterSql.Render(filter);
        return condition.Bind(new ClickHouseQuery($$"""
            SELECT {{RowSelect.Columns(columns, RowFormat.JsonLines)}}, toString(t.sequence) AS {{JsonRows.KeyColumn}}
            FROM traffic AS t
            WHERE t.sequence > {after:UInt64} AND t.sequence <= {up_to:UInt64} AND t.arrival_day >= {oldest:Date} AND {{condition.Where}}
            ORDER BY t.sequence
            LIMIT {limit:UInt64}
            """))
            .With("after", after).With("up_to", upTo).With("limit", BatchRows).With("oldest", SqlDate.Of(oldest));
    }
}
