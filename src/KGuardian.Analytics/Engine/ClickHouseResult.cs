namespace KGuardian.Analytics.Engine;

/// <summary>An answer whose head has come: its body is ClickHouse's own output. Dispose it; before the end, that cancels the query.</summary>
public sealed class ClickHouseResult : IAsyncDisposable
{
    private readonly ClickHouseClient _client;
    private readonly HttpResponseMessage _response;
    private readonly LateErrorStream _body;

    private ClickHouseResult(ClickHouseClient client, HttpResponseMessage response, LateErrorStream body, string queryId)
    {
        _client = client;
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        if (!_body.Ended)
        {
            await _client.KillAbandonedAsync(QueryId);
        }
    }

    internal static async Task<ClickHouseResult> OpenAsync(
        ClickHouseClient client, HttpResponseMessage response, string queryId, CancellationToken cancellationToken)
    {
        var tag = response.Headers.TryGetValues("X-ClickHouse-Exception-Tag", out var tags) ? tags.First() : null;
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new ClickHouseResult(client, response, new LateErrorStream(stream, tag, queryId), queryId);
    }
}
