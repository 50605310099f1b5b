using System.Text;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Rows;

/// <summary>
/// A bounded answer: ClickHouse's own JSON rows with commas between, what they cost, and the value of a last column that is not shown. Unlike a
/// stream it is complete before its head is sent, which can therefore say whether it was cut.
/// </summary>
internal sealed class JsonRows
{
    /// <summary>Name of the last column, whose value is of digits, letters and <c>.-</c> only.</summary>
    internal const string KeyColumn = "\"~key\"";

    /// <summary>What introduces it. As the last column it is found from the end, whatever the texts before it are.</summary>
    internal static readonly byte[] KeyBegin = Encoding.ASCII.GetBytes($",{KeyColumn}:\"");

    private readonly byte[] _bytes;

    private JsonRows(byte[] bytes, int count, ClickHouseSummary summary) => (_bytes, Count, Summary) = (bytes, count, summary);

    /// <summary>The rows, as the inside of a JSON array.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Whether there are more, which are not here.</summary>
    public bool IsCut => KeyBeyond is not null;

    /// <summary>Whether two rows that follow each other, the first one that is not here included, have keys that begin alike, up to the first dot.</summary>
    internal bool HasTies { get; private init; }

    /// <summary>What the query read.</summary>
    public ClickHouseSummary Summary { get; private set; }

    /// <summary>The value of <see cref="KeyColumn"/> in the first row; null without rows.</summary>
    internal string? FirstKey { get; private init; }

    /// <summary>That in the last row; null without rows.</summary>
    internal string? LastKey { get; private init; }

    /// <summary>That in the first row that is not here; null when all are.</summary>
    internal string? KeyBeyond { get; private init; }

    /// <summary>Runs a query whose last column is <see cref="KeyColumn"/> and that asks for one row more than <paramref name="limit"/>.</summary>
    internal static async Task<JsonRows> ReadAsync(ClickHouseClient client, ClickHouseQuery query, int limit, CancellationToken cancellationToken)
    {
        // Waiting makes the summary that of the whole query, and every error an early one.
        await using var result = await client.StreamAsync(
            query.InFormat(RowFormat.JsonLines).WithSetting("wait_end_of_query", "1"), cancellationToken);
        using var body = new MemoryStream();
        await result.Body.CopyToAsync(body, cancellationToken);
        return Read(body.GetBuffer().AsSpan(0, (int)body.Length), limit, result.Summary);
    }

    /// <summary>Counts what a query read before that did not bring all rows.</summary>
    internal JsonRows AddCost(JsonRows? shorter)
    {
        Summary += shorter?.Summary ?? default;
        return this;
    }

    private static JsonRows Read(ReadOnlySpan<byte> lines, int limit, ClickHouseSummary summary)
    {
        using var rows = new MemoryStream(lines.Length);
        var count = 0;
        string? firstKey = null, lastKey = null, beyond = null;
        var hasTies = false;
        for (int end; beyond is null && (end = lines.IndexOf((byte)'\n')) >= 0; lines = lines[(end + 1)..])
        {
            var line = lines[..end];
            var at = line.LastIndexOf(KeyBegin);
            var key = Encoding.ASCII.GetString(line[(at + KeyBegin.Length)..^2]);
            hasTies |= lastKey is not null
                && key.AsSpan(0, key.IndexOf('.', StringComparison.Ordinal) + 1) is var begin
                && lastKey.AsSpan().StartsWith(begin) && begin.Length > 0;
            if (count == limit)
            {
                beyond = key;
                continue;
            }

            if (count++ > 0)
            {
                rows.WriteByte((byte)',');
            }

            rows.Write(line[..at]);
            rows.WriteByte((byte)'}');
            firstKey ??= key;
            lastKey = key;
        }

        return new JsonRows(rows.ToArray(), count, summary) { FirstKey = firstKey, LastKey = lastKey, KeyBeyond = beyond, HasTies = hasTies };
    }
}
