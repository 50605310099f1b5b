using System.Globalization;
using System.Text;
using System.Text.Json;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Client;

/// <summary>
/// Speaks to one ClickHouse over its HTTP interface: commands, streamed inserts, streamed and small typed results. It may have several
/// addresses that show the same data: one of them is used as long as it answers. A statement goes to the next one only when it certainly was
/// not carried out, because there was no connection; whether to repeat one whose outcome is unknown is for the caller to decide.
/// Every statement carries a query id and limits; every failure is a <see cref="ClickHouseException"/>. Safe for concurrent use.
/// </summary>
internal sealed partial class ClickHouseClient : IDisposable
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly EndpointPool _pool;
    private readonly ClickHouseClientOptions _options;
    private readonly ILogger<ClickHouseClient> _logger;
    private readonly HttpClient _http;

    /// <summary>A client of one ClickHouse; nothing is sent before the first statement.</summary>
    /// <param name="endpoints">Its addresses with credentials; the first one that answers is used.</param>
    /// <param name="options">Database and default limits.</param>
    /// <param name="logger">Where queries that could not be cancelled are reported.</param>
    /// <param name="handler">The transport, for tests that script it; null for sockets.</param>
    public ClickHouseClient(
        IReadOnlyList<ClickHouseEndpoint> endpoints, ClickHouseClientOptions options, ILogger<ClickHouseClient> logger, HttpMessageHandler? handler = null)
    {
        _pool = new EndpointPool(endpoints, logger);
        _options = options;
        _logger = logger;
        _http = new HttpClient(handler ?? CreateHandler(options, logger))
        {
            // Each statement has its own limit.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The address that is used now.</summary>
    public ClickHouseEndpoint Endpoint => _pool.Current.Endpoint;

    /// <summary>How often another address was taken into use.</summary>
    public long Failovers => _pool.Moves;

    /// <summary>The database of unqualified names.</summary>
    public string Database => _options.Database;

    /// <summary>All addresses.</summary>
    internal EndpointPool Pool => _pool;

    /// <summary>Runs a statement without a result and waits for its end.</summary>
    /// <exception cref="ClickHouseException">It failed.</exception>
    public async Task ExecuteAsync(ClickHouseQuery query, CancellationToken cancellationToken = default)
    {
        await using var result = await StreamAsync(query, cancellationToken);
        await result.Body.CopyToAsync(Stream.Null, cancellationToken);
    }

    /// <summary>Runs a query with a small result, one record a row; column names are the properties' in snake_case.</summary>
    /// <exception cref="ClickHouseException">It failed.</exception>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken = default)
    {
        await using var result = await StreamAsync(AsRows(query), cancellationToken);
        return await ReadRowsAsync<T>(result, cancellationToken);
    }

    /// <summary>Runs a query of one row and returns it.</summary>
    /// <exception cref="ClickHouseException">It failed, or gave no row or several.</exception>
    public async Task<T> QuerySingleAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken = default)
    {
        var identified = query with { QueryId = query.QueryId ?? NewQueryId() };
        var rows = await QueryAsync<T>(identified, cancellationToken);
        return rows is [var row]
            ? row
            : throw new ClickHouseException(ClickHouseFailure.Refused, 0, $"one row was expected, {rows.Count} came", identified.QueryId);
    }

    /// <summary>Like <see cref="QueryAsync"/>, on every address that can be reached, one after the other: for what each server knows of itself only.</summary>
    /// <exception cref="ClickHouseException">It failed on one that was reached, or none was.</exception>
    public async Task<IReadOnlyList<T>> QueryEachAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken = default)
    {
        var rows = new List<T>();
        var unreached = 0;
        foreach (var at in _pool.All)
        {
            try
            {
                var asked = AsRows(query) with { QueryId = NewQueryId() };
                await using var result = await SendToAsync(at, asked, Sql(asked), sqlInUrl: false, killWhenAbandoned: true, cancellationToken);
                rows.AddRange(await ReadRowsAsync<T>(result, cancellationToken));
            }
            catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.NotSent)
            {
                _pool.Leave(at, e.Text);
                if (++unreached == _pool.All.Count)
                {
                    throw;
                }
            }
        }

        return rows;
    }

    /// <summary>
    /// Starts a query and returns as soon as ClickHouse sends the answer's head. Its body is ClickHouse's own output in the format
    /// that the statement names. Cancelling the token, or disposing the result before its end, cancels the query.
    /// </summary>
    /// <exception cref="ClickHouseException">It failed before the first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> StreamAsync(ClickHouseQuery query, CancellationToken cancellationToken = default) =>
        SendAsync(query, () => Sql(query), sqlInUrl: false, killWhenAbandoned: true, cancellationToken);

    /// <summary>Like <see cref="StreamAsync"/>, with a temporary table that the statement reads under the given name.</summary>
    /// <param name="query">The statement.</param>
    /// <param name="table">Name of the temporary table.</param>
    /// <param name="structure">Its columns, as in CREATE TABLE.</param>
    /// <param name="nativeBlock">Its rows, in the Native format.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="ClickHouseException">It failed.</exception>
    public Task<ClickHouseResult> StreamWithTableAsync(
        ClickHouseQuery query, string table, string structure, ReadOnlyMemory<byte> nativeBlock, CancellationToken cancellationToken = default)
    {
        var withTable = query with
        {
            Settings = [.. query.Settings, new($"{table}_structure", structure), new($"{table}_format", "Native")],
        };
        return SendAsync(
            withTable, () => new MultipartFormDataContent { { new ReadOnlyMemoryContent(nativeBlock), table, table } }, sqlInUrl: true, killWhenAbandoned: true, cancellationToken);
    }

    /// <summary>Runs an INSERT whose data <paramref name="write"/> writes, and waits until the server has it.</summary>
    /// <param name="insert">The INSERT with its FORMAT.</param>
    /// <param name="write">Writes the data; called once.</param>
    /// <param name="cancellationToken">Gives up waiting: the outcome is then unknown.</param>
    /// <exception cref="ClickHouseException">It failed; <see cref="ClickHouseException.Failure"/> says what is known.</exception>
    public async Task InsertAsync(ClickHouseQuery insert, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
    {
        // async_insert is on by default since 26.2: our batches are already groups, and the answer must mean "stored".
        var synchronous = insert.WithSetting("async_insert", "0");
        await using var result = await SendAsync(
            synchronous, () => new StreamedContent(write, _options.CompressInserts), sqlInUrl: true, killWhenAbandoned: false, cancellationToken);
        await result.Body.CopyToAsync(Stream.Null, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Asks an address for a sign of life; returns what it says to the question.</summary>
    /// <exception cref="ClickHouseException">There is none within <paramref name="limit"/>.</exception>
    internal async Task<string> PingAsync(
        EndpointState at, TimeSpan limit, ClickHouseQuery? question = null, CancellationToken cancellationToken = default)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        var query = (question ?? new ClickHouseQuery("SELECT 1 FORMAT Null") { Database = "default" }) with { TimeLimit = limit, QueryId = NewQueryId() };
        try
        {
            await using var result = await SendToAsync(at, query, Sql(query), sqlInUrl: false, killWhenAbandoned: false, timeout.Token);
            using var answer = new StreamReader(result.Body);
            return await answer.ReadToEndAsync(timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ClickHouseException(ClickHouseFailure.Unknown, 0, $"no answer within {limit}", query.QueryId, e);
        }
    }

    /// <summary>Ends a running query by its id, where it runs; no error when it is gone already.</summary>
    /// <exception cref="ClickHouseException">The server did not take the command.</exception>
    internal async Task KillAsync(EndpointState at, string queryId, CancellationToken cancellationToken = default)
    {
        var kill = new ClickHouseQuery("KILL QUERY WHERE query_id = {id:String} ASYNC FORMAT Null")
        {
            TimeLimit = TimeSpan.FromSeconds(10),
            QueryId = NewQueryId(),
        }.With("id", queryId);
        // An abandoned kill is not killed in turn: a server that never answers would be sent kills for ever.
        await using var result = await SendToAsync(at, kill, Sql(kill), sqlInUrl: false, killWhenAbandoned: false, cancellationToken);
        await result.Body.CopyToAsync(Stream.Null, cancellationToken);
    }

    /// <summary>Ends a query whose reader left. The closed connection tells ClickHouse too, but only at its next write.</summary>
    internal async Task KillAbandonedAsync(EndpointState at, string queryId)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await KillAsync(at, queryId, limit.Token);
        }
        catch (Exception e) when (e is ClickHouseException or OperationCanceledException)
        {
            LogKillFailed(queryId, e.Message);
        }
    }

    private static SocketsHttpHandler CreateHandler(ClickHouseClientOptions options, ILogger logger)
    {
        var handler = DirectHttp.CreateHandler(options.ConnectTimeout);
        // ClickHouse closes idle connections after 10 s (keep_alive_timeout); leaving first avoids racing it.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(8);
        handler.SslOptions = ClickHouseTls.Create(options, logger);
        return handler;
    }

    private static ClickHouseQuery AsRows(ClickHouseQuery query) => query with { Sql = query.Sql + "\nFORMAT JSONEachRow" };

    private static async Task<IReadOnlyList<T>> ReadRowsAsync<T>(ClickHouseResult result, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        using var reader = new StreamReader(result.Body);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            rows.Add(JsonSerializer.Deserialize<T>(line, SnakeCase)!);
        }

        return rows;
    }

    private static ByteArrayContent Sql(ClickHouseQuery query) => new(Encoding.UTF8.GetBytes(query.Sql));

    private async Task<ClickHouseResult> SendAsync(
        ClickHouseQuery query, Func<HttpContent> content, bool sqlInUrl, bool killWhenAbandoned, CancellationToken cancellationToken)
    {
        var identified = query with { QueryId = query.QueryId ?? NewQueryId() };
        for (var others = _pool.All.Count - 1; ; others--)
        {
            var at = _pool.Current;
            try
            {
                var result = await SendToAsync(at, identified, content(), sqlInUrl, killWhenAbandoned, cancellationToken);
                if (at.HasFailed)
                {
                    _pool.Restore(at);
                }

                return result;
            }
            catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.NotSent || e.Code == ClickHouseErrorCodes.TableIsReadOnly)
            {
                // Only what was not sent is repeated here: a refused insert's data may be written once.
                if (!_pool.Leave(at, e.Text) || others == 0 || e.Failure != ClickHouseFailure.NotSent)
                {
                    throw;
                }
            }
        }
    }

    private async Task<ClickHouseResult> SendToAsync(
        EndpointState at, ClickHouseQuery query, HttpContent content, bool sqlInUrl, bool killWhenAbandoned, CancellationToken cancellationToken)
    {
        var queryId = query.QueryId!;
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(at.Endpoint, query, queryId, sqlInUrl)) { Content = content };
        request.Headers.Authorization = at.Authorization;
        // Also the name that the handshake asks for and checks.
        request.Headers.Host = at.Endpoint.Url.Scheme == Uri.UriSchemeHttps ? _options.TlsServerName : null;
        HttpResponseMessage response;
        // ClickHouse ends the statement at its limit and says so. One that says nothing is frozen, or behind a broken network, and a
        // connection to it never ends by itself.
        var patience = (query.TimeLimit ?? _options.TimeLimit) + _options.AnswerGrace;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (killWhenAbandoned)
            {
                await KillAbandonedAsync(at, queryId);
            }

            throw;
        }
        catch (HttpRequestException e)
        {
            throw new ClickHouseException(
                NeverConnected(e) ? ClickHouseFailure.NotSent : ClickHouseFailure.Unknown, 0, ClickHouseTls.Explain(e, at.Endpoint.Url, _options), queryId, e);
        }
        catch (IOException e)
        {
            throw new ClickHouseException(ClickHouseFailure.Unknown, 0, e.Message, queryId, e);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new ClickHouseException(ClickHouseFailure.Unknown, 0, $"no answer within {patience}", queryId, e);
        }
        catch (OperationCanceledException e)
        {
            // SocketsHttpHandler reports its connect timeout as a cancellation.
            throw new ClickHouseException(ClickHouseFailure.NotSent, 0, $"no connection within {_options.ConnectTimeout}", queryId, e);
        }

        if (response.IsSuccessStatusCode)
        {
            return await ClickHouseResult.OpenAsync(
                response, queryId, killWhenAbandoned ? () => KillAbandonedAsync(at, queryId) : null, cancellationToken);
        }

        using (response)
        {
            throw await ReadErrorAsync(response, queryId, cancellationToken);
        }
    }

    private string Address(ClickHouseEndpoint at, ClickHouseQuery query, string queryId, bool sqlInUrl)
    {
        var seconds = (query.TimeLimit ?? _options.TimeLimit).TotalSeconds;
        var address = new StringBuilder(256)
            .Append(at.Url.GetLeftPart(UriPartial.Authority))
            .Append("/?database=").Append(Uri.EscapeDataString(query.Database ?? _options.Database))
            .Append("&query_id=").Append(Uri.EscapeDataString(queryId))
            .Append(CultureInfo.InvariantCulture, $"&max_execution_time={seconds:0.###}")
            .Append(CultureInfo.InvariantCulture, $"&max_memory_usage={query.MemoryLimitBytes ?? _options.MemoryLimitBytes}")
            // A client that goes away ends its query; a late error breaks the framing instead of ending in a valid-looking document.
            .Append("&cancel_http_readonly_queries_on_client_close=1&http_write_exception_in_output_format=0");
        if (query.ResultRowsLimit is { } rows)
        {
            address.Append(CultureInfo.InvariantCulture, $"&max_result_rows={rows}&result_overflow_mode=throw");
        }

        var common = _options.Settings.Where(setting => !query.Settings.Any(own => own.Key == setting.Key));
        foreach (var (name, value) in common.Concat(query.Settings).Concat(query.Parameters))
        {
            address.Append('&').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
        }

        if (sqlInUrl)
        {
            address.Append("&query=").Append(Uri.EscapeDataString(query.Sql));
        }

        return address.ToString();
    }

    private static async Task<ClickHouseException> ReadErrorAsync(HttpResponseMessage response, string queryId, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await response.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            text = $"HTTP {(int)response.StatusCode}, and its text was cut off: {e.Message}";
        }

        var code = response.Headers.TryGetValues("X-ClickHouse-Exception-Code", out var codes)
            && int.TryParse(codes.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var named)
                ? named
                : ClickHouseErrorText.Code(text);
        return new ClickHouseException(
            ClickHouseFailure.Refused, code, text.Length == 0 ? $"HTTP {(int)response.StatusCode}" : text.Trim(), queryId);
    }

    [LoggerMessage(1101, LogLevel.Warning, "Query {QueryId} was abandoned, but ClickHouse did not take the order to end it: {Reason}")]
    private partial void LogKillFailed(string queryId, string reason);

    private static bool NeverConnected(HttpRequestException e) => e.HttpRequestError is
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;

    private static string NewQueryId() => $"kguardian-{Guid.NewGuid():N}";
}
