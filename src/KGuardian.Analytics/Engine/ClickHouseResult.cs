namespace KGuardian.Analytics.Engine;

/// <summary>An answer whose head has come: its body is ClickHouse's own output. Dispose it; before the end, that cancels the query.</summary>
public sealed class ClickHouseResult : IAsyncDisposable
{
    private readonly ClickHouseClient? _killer;
    private readonly HttpResponseMessage _response;
    private readonly LateErrorStream _body;

    private ClickHouseResult(ClickHouseClient? killer, HttpResponseMessage response, LateErrorStream body, string queryId)
    {
        Summary = ClickHouseSummary.Of(response);
        _killer = killer;
        _response = response;
        _body = body;
        QueryId = queryId;
    }

    /// <summary>The statement's id in ClickHouse's logs.</summary>
    public string QueryId { get; }

    /// <summary>The output. A read throws <see cref="ClickHouseException"/> when the query fails late: what came before is then incomplete.</summary>
    public Stream Body => _body;

    /// <summary>Bytes read from <see cref="Body"/> so far.</summary>
    public long BytesRead => _body.BytesRead;

    /// <summary>What the query had read when the head was sent: all of it with the setting <c>wait_end_of_query</c>.</summary>
    public ClickHouseSummary Summary { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        if (!_body.Ended && _killer is not null)
        {
            await _killer.KillAbandonedAsync(QueryId);
        }
    }

    /// <summary>The answer to a statement that <paramref name="killer"/> ends when it is abandoned; null: it may go on.</summary>
    internal static async Task<ClickHouseResult> OpenAsync(
        ClickHouseClient? killer, HttpResponseMessage response, string queryId, CancellationToken cancellationToken)
    {
        var tag = response.Headers.TryGetValues("X-ClickHouse-Exception-Tag", out var tags) ? tags.First() : null;
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new ClickHouseResult(killer, response, new LateErrorStream(stream, tag, queryId), queryId);
    }
}
