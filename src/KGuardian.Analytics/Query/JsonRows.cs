using System.Text;
using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Query;

/// <summary>
/// A bounded answer: ClickHouse's own JSON rows with commas between, what they cost, and the value of a last column that is not shown. Unlike a
/// stream it is complete before its head is sent, which can therefore say whether it was cut.
/// </summary>
public sealed class JsonRows
{
    /// <summary>Name of the last column, whose value is of digits, letters and <c>.-</c> only.</summary>
    internal const string KeyColumn = "\"~key\"";

    /// <summary>What introduces it. As the last column it is found from the end, whatever the texts before it are.</summary>
    internal static readonly byte[] KeyBegin = Encoding.ASCII.GetBytes($",{KeyColumn}:\"");

    private readonly byte[] _bytes;

    private JsonRows(byte[] bytes, int count, bool isCut, string? lastKey, ClickHouseSummary summary) =>
        (_bytes, Count, IsCut, LastKey, Summary) = (bytes, count, isCut, lastKey, summary);

    /// <summary>The rows, as the inside of a JSON array.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Whether there are more, which are not here.</summary>
    public bool IsCut { get; }

    /// <summary>What the query read.</summary>
    public ClickHouseSummary Summary { get; }

    /// <summary>The value of <see cref="KeyColumn"/> in the last row; null without rows.</summary>
    internal string? LastKey { get; }

    /// <summary>Runs a query whose last column is <see cref="KeyColumn"/> and that asks for one row more than <paramref name="limit"/>.</summary>
    internal static async Task<JsonRows> ReadAsync(ClickHouseClient client, ClickHouseQuery query, int limit, CancellationToken cancellationToken)
    {
        // Waiting makes the summary that of the whole query, and every error an early one.
        await using var result = await client.StreamAsync(
            query.InFormat(RowFormat.JsonLines).WithGranulesCounted().WithSetting("wait_end_of_query", "1"), cancellationToken);
        using var body = new MemoryStream();
        await result.Body.CopyToAsync(body, cancellationToken);
        return Read(body.GetBuffer().AsSpan(0, (int)body.Length), limit, result.Summary);
    }

    private static JsonRows Read(ReadOnlySpan<byte> lines, int limit, ClickHouseSummary summary)
    {
        using var rows = new MemoryStream(lines.Length);
        var count = 0;
        string? lastKey = null;
        for (int end; (end = lines.IndexOf((byte)'\n')) >= 0; lines = lines[(end + 1)..])
        {
            if (count == limit)
                return new JsonRows(rows.ToArray(), count, isCut: true, lastKey, summary);
            if (count++ > 0)
                rows.WriteByte((byte)',');
            var line = lines[..end];
            var key = line.LastIndexOf(KeyBegin);
            rows.Write(line[..key]);
            rows.WriteByte((byte)'}');
            lastKey = Encoding.ASCII.GetString(line[(key + KeyBegin.Length)..^2]);
        }

        return new JsonRows(rows.ToArray(), count, isCut: false, lastKey, summary);
    }
}
