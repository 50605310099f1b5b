using ClickHouse.Driver.ADO;

namespace KGuardian.ClickHouse.Client;

/// <summary>
/// An answer whose head has come: its body is ClickHouse's own output, or what that was read through. Dispose it; before the end, that cancels the query.
/// </summary>
internal sealed class ClickHouseResult : IAsyncDisposable
{
    private readonly ClickHouseRawResult _answer;
    private readonly LateErrorStream _body;
    private readonly Func<Task>? _kill;

    /// <summary>The answer to a statement; when it is abandoned, <paramref name="kill"/> ends it. Null: it may go on.</summary>
    internal ClickHouseResult(ClickHouseRawResult answer, Statement statement, ClickHouseSummary summary, Func<Task>? kill)
    {
        _answer = answer;
        _body = statement.Body!;
        Body = _body;
        _kill = kill;
        QueryId = statement.QueryId;
        Summary = summary;
    }

    /// <summary>The statement's id in ClickHouse's logs.</summary>
    public string QueryId { get; }

    /// <summary>The output. A read throws <see cref="ClickHouseException"/> when the query fails late: what came before is then incomplete.</summary>
    public Stream Body { get; private set; }

    /// <summary>Bytes of ClickHouse's output read so far.</summary>
    public long BytesRead => _body.BytesRead;

    /// <summary>What the query had read when the head was sent: all of it with the setting <c>wait_end_of_query</c>.</summary>
    public ClickHouseSummary Summary { get; }

    /// <summary>This answer, its <see cref="Body"/> made of what it was: <paramref name="body"/> reads to the end, and is not disposed.</summary>
    public ClickHouseResult Through(Func<Stream, Stream> body)
    {
        Body = body(Body);
        return this;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _answer.Dispose();
        if (!_body.Ended && _kill is not null)
        {
            await _kill();
        }
    }
}

/// <summary>What a query cost, as ClickHouse says.</summary>
/// <param name="ReadRows">Rows read from tables.</param>
/// <param name="ReadBytes">Their bytes, uncompressed.</param>
internal readonly record struct ClickHouseSummary(long ReadRows, long ReadBytes)
{
    /// <summary>What two queries cost together.</summary>
    public static ClickHouseSummary operator +(ClickHouseSummary one, ClickHouseSummary other) =>
        new(one.ReadRows + other.ReadRows, one.ReadBytes + other.ReadBytes);
}
