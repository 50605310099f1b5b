namespace KGuardian.ClickHouse.Client;

/// <summary>
/// What the queries of one request have read, as ClickHouse says in the heads of its answers. An answer is made of several, and which they are is nobody's
/// business above; so they are counted where they are sent. Safe for concurrent use.
/// </summary>
internal sealed class QueryCost
{
    private static readonly AsyncLocal<QueryCost?> Ambient = new();
    private long _rows;
    private long _bytes;

    /// <summary>That of the request that this code runs for; null where nobody measures.</summary>
    public static QueryCost? Current => Ambient.Value;

    /// <summary>What was read by now: all of it once the answers have been read that begin when their query ends, as those of aggregates do.</summary>
    public ClickHouseSummary Total => new(Volatile.Read(ref _rows), Volatile.Read(ref _bytes));

    /// <summary>Measures what is asked from here on, in this flow of execution.</summary>
    public static void Begin() => Ambient.Value = new QueryCost();

    /// <summary>Counts a query.</summary>
    internal static void Add(ClickHouseSummary cost)
    {
        if (Current is { } current)
        {
            Interlocked.Add(ref current._rows, cost.ReadRows);
            Interlocked.Add(ref current._bytes, cost.ReadBytes);
        }
    }
}
