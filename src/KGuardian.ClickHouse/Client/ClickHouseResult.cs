namespace KGuardian.ClickHouse.Client;

/// <summary>An answer whose head has come: its body is ClickHouse's own output. Dispose it; before the end, that cancels the query.</summary>
internal sealed class ClickHouseResult : IAsyncDisposable
{
    private readonly Func<Task>? _kill;
    private readonly HttpResponseMessage _response;
    private readonly LateErrorStream _body;

    private ClickHouseResult(HttpResponseMessage response, LateErrorStream body, string queryId, Func<Task>? kill)
    {
        Summary = ClickHouseSummary.Of(response);
        _kill = kill;
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
        if (!_body.Ended && _kill is not null)
        {
            await _kill();
        }
    }

    /// <summary>The answer to a statement; when it is abandoned, <paramref name="kill"/> ends it. Null: it may go on.</summary>
    internal static async Task<ClickHouseResult> OpenAsync(
        HttpResponseMessage response, string queryId, Func<Task>? kill, CancellationToken cancellationToken)
    {
        var tag = response.Headers.TryGetValues("X-ClickHouse-Exception-Tag", out var tags) ? tags.First() : null;
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new ClickHouseResult(response, new LateErrorStream(stream, tag, queryId), queryId, kill);
    }
}
