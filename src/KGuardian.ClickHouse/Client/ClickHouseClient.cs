using System.Globalization;
using System.IO.Compression;
using ClickHouse.Driver;
using ClickHouse.Driver.ADO;
using ClickHouse.Driver.ADO.Readers;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;
using DriverClient = ClickHouse.Driver.ClickHouseClient;

namespace KGuardian.ClickHouse.Client;

/// <summary>
/// Speaks to one ClickHouse over its HTTP interface, with the official driver: commands, streamed inserts, streamed and small typed results. It may
/// have several addresses that show the same data: one of them is used as long as it answers. A statement goes to the next one only when it certainly
/// was not carried out, because there was no connection; whether to repeat one whose outcome is unknown is for the caller to decide.
/// Every statement carries a query id and limits; every failure is a <see cref="ClickHouseException"/>. Safe for concurrent use.
/// </summary>
internal sealed partial class ClickHouseClient : IDisposable
{
    private readonly EndpointPool _pool;
    private readonly ClickHouseClientOptions _options;
    private readonly ILogger<ClickHouseClient> _logger;
    private readonly HttpClient _http;
    private readonly DriverClient _driver;
    private readonly ClickHouseConnection _connection;
    private readonly ClickHouseConnection _forms;

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
        _http = new HttpClient(new EndpointHandler(_pool, options, KillAbandonedAsync, handler ?? CreateTransport(options, logger)))
        {
            // Each statement has its own limit.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _driver = Driver(_http, asForm: false);
        // Commands share a connection: it is no more than the driver's settings.
        _connection = _driver.CreateConnection();
        _forms = Driver(_http, asForm: true).CreateConnection();
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
        // The driver's own ExecuteNonQueryAsync reads the answer's begin only, and a late error is at its end.
        await using var result = await StreamAsync(query, cancellationToken);
        await result.Body.CopyToAsync(Stream.Null, cancellationToken);
    }

    /// <summary>
    /// Runs a query with a small result. A row becomes a <typeparamref name="T"/>: its only column as a number, a text or a date, or a record whose
    /// properties have the columns' names, which are theirs in snake_case.
    /// </summary>
    /// <exception cref="ClickHouseException">It failed.</exception>
    public Task<IReadOnlyList<T>> QueryAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken = default) =>
        QueryAsync<T>(query, Begin(query, isBuffered: true), cancellationToken);

    /// <summary>Runs a query of one row and returns it.</summary>
    /// <exception cref="ClickHouseException">It failed, or gave no row or several.</exception>
    public async Task<T> QuerySingleAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken = default)
    {
        var statement = Begin(query, isBuffered: true);
        var rows = await QueryAsync<T>(query, statement, cancellationToken);
        return rows is [var row]
            ? row
            : throw new ClickHouseException(ClickHouseFailure.Refused, 0, $"one row was expected, {rows.Count} came", statement.QueryId);
    }

    /// <summary>
    /// Like <see cref="QueryAsync{T}(ClickHouseQuery, CancellationToken)"/>, on every address that can be reached, one after the other: for
    /// what each server knows of itself only.
    /// </summary>
    /// <exception cref="ClickHouseException">It failed on one that was reached, or none was.</exception>
    public async Task<IReadOnlyList<T>> QueryEachAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken = default)
    {
        var rows = new List<T>();
        var unreached = 0;
        foreach (var at in _pool.All)
        {
            try
            {
                rows.AddRange(await QueryAsync<T>(query, Begin(query with { QueryId = null }, isBuffered: true, only: at), cancellationToken));
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
        StreamAsync(_connection, query, Begin(query), cancellationToken);

    /// <summary>
    /// Like <see cref="StreamAsync(ClickHouseQuery, CancellationToken)"/>, with a temporary table that the statement reads under the given name.
    /// </summary>
    /// <param name="query">The statement.</param>
    /// <param name="table">Name of the temporary table.</param>
    /// <param name="structure">Its columns, as in CREATE TABLE.</param>
    /// <param name="nativeBlock">Its rows, in the Native format.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="ClickHouseException">It failed.</exception>
    public Task<ClickHouseResult> StreamWithTableAsync(
        ClickHouseQuery query, string table, string structure, ReadOnlyMemory<byte> nativeBlock, CancellationToken cancellationToken = default) =>
        StreamAsync(
            _forms, query.WithSetting($"{table}_structure", structure).WithSetting($"{table}_format", "Native"),
            Begin(query, table: new ExternalTable(table, nativeBlock)), cancellationToken);

    /// <summary>Runs an INSERT whose data <paramref name="write"/> writes, and waits until the server has it.</summary>
    /// <param name="insert">The INSERT with its FORMAT.</param>
    /// <param name="write">Writes the data; called once.</param>
    /// <param name="cancellationToken">Gives up waiting: the outcome is then unknown.</param>
    /// <exception cref="ClickHouseException">It failed; <see cref="ClickHouseException.Failure"/> says what is known.</exception>
    public async Task InsertAsync(ClickHouseQuery insert, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
    {
        var statement = Begin(insert, killWhenAbandoned: false);
        statement.Enter();
        // async_insert is on by default since 26.2: our batches are already groups, and the answer must mean "stored".
        var options = new QueryOptions { QueryId = statement.QueryId, CustomSettings = StatementSettings(insert.WithSetting("async_insert", "0")) };
        using var answer = await _driver.PostStreamAsync(
            insert.Sql, _options.CompressInserts ? CompressedAsync : write, isCompressed: _options.CompressInserts, cancellationToken, options);

        async Task CompressedAsync(Stream stream, CancellationToken token)
        {
            await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
            await write(gzip, token);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _forms.Dispose();
        _driver.Dispose();
        _http.Dispose();
    }

    /// <summary>Asks an address for a sign of life; returns what it says to the question.</summary>
    /// <exception cref="ClickHouseException">There is none within <paramref name="limit"/>.</exception>
    internal async Task<string> PingAsync(
        EndpointState at, TimeSpan limit, ClickHouseQuery? question = null, CancellationToken cancellationToken = default)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        var query = (question ?? new ClickHouseQuery("SELECT 1 FORMAT Null") { Database = "default" }) with { TimeLimit = limit, QueryId = null };
        var statement = Begin(query, killWhenAbandoned: false, only: at);
        try
        {
            await using var result = await StreamAsync(_connection, query, statement, timeout.Token);
            using var answer = new StreamReader(result.Body);
            return await answer.ReadToEndAsync(timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ClickHouseException(ClickHouseFailure.Unknown, 0, $"no answer within {limit}", statement.QueryId, e);
        }
    }

    /// <summary>Ends a running query by its id, where it runs; no error when it is gone already.</summary>
    /// <exception cref="ClickHouseException">The server did not take the command.</exception>
    internal async Task KillAsync(EndpointState at, string queryId, CancellationToken cancellationToken = default)
    {
        var kill = new ClickHouseQuery("KILL QUERY WHERE query_id = {id:String} ASYNC FORMAT Null") { TimeLimit = TimeSpan.FromSeconds(10) }
            .With("id", queryId);
        // An abandoned kill is not killed in turn: a server that never answers would be sent kills for ever.
        await using var result = await StreamAsync(_connection, kill, Begin(kill, killWhenAbandoned: false, only: at), cancellationToken);
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
        catch (Exception e) when (e is ClickHouseException or OperationCanceledException or ObjectDisposedException)
        {
            LogKillFailed(queryId, e.Message);
        }
    }

    private static SocketsHttpHandler CreateTransport(ClickHouseClientOptions options, ILogger logger)
    {
        var handler = DirectHttp.CreateHandler(options.ConnectTimeout);
        // ClickHouse closes idle connections after 10 s (keep_alive_timeout); leaving first avoids racing it.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(8);
        handler.SslOptions = ClickHouseTls.Create(options, logger);
        return handler;
    }

    private static DriverClient Driver(HttpClient http, bool asForm) => new(new ClickHouseClientSettings
    {
        // Where a statement goes, and who asks, is the handler's.
        HttpClient = http,
        UseCompression = false,
        UseFormDataParameters = asForm,
        // Settings that not every user may change.
        JsonReadMode = JsonReadMode.None,
        JsonWriteMode = JsonWriteMode.None,
    });

    private Statement Begin(
        ClickHouseQuery query, bool killWhenAbandoned = true, bool isBuffered = false, EndpointState? only = null, ExternalTable? table = null) => new()
        {
            QueryId = query.QueryId ?? $"kguardian-{Guid.NewGuid():N}",
            Patience = (query.TimeLimit ?? _options.TimeLimit) + _options.AnswerGrace,
            KillWhenAbandoned = killWhenAbandoned,
            IsBuffered = isBuffered,
            Only = only,
            Table = table,
        };

    private async Task<ClickHouseResult> StreamAsync(
        ClickHouseConnection connection, ClickHouseQuery query, Statement statement, CancellationToken cancellationToken)
    {
        statement.Enter();
        using var command = Command(connection, query, statement);
        var answer = await command.ExecuteRawResultAsync(cancellationToken);
        var cost = CostOf(command);
        QueryCost.Add(cost);
        return new ClickHouseResult(
            answer, statement, cost, statement.KillWhenAbandoned ? () => KillAbandonedAsync(statement.At!, statement.QueryId) : null);
    }

    private async Task<IReadOnlyList<T>> QueryAsync<T>(ClickHouseQuery query, Statement statement, CancellationToken cancellationToken)
    {
        statement.Enter();
        using var command = Command(_connection, query, statement);
        using var reader = (ClickHouseDataReader)await command.ExecuteReaderAsync(cancellationToken);
        QueryCost.Add(CostOf(command));
        return RowMapper<T>.ReadAll(reader);
    }

    private static ClickHouseSummary CostOf(ClickHouseCommand command) =>
        command.QueryStats is { } stats ? new ClickHouseSummary(stats.ReadRows, stats.ReadBytes) : default;

    private ClickHouseCommand Command(ClickHouseConnection connection, ClickHouseQuery query, Statement statement)
    {
        var command = new ClickHouseCommand(connection) { CommandText = query.Sql, QueryId = statement.QueryId };
        foreach (var (name, value) in StatementSettings(query))
        {
            command.CustomSettings.Add(name, value);
        }

        return command;
    }

    /// <summary>Database, limits, settings and parameters, as the driver adds them to the address.</summary>
    private Dictionary<string, object> StatementSettings(ClickHouseQuery query)
    {
        var settings = new Dictionary<string, object>(16)
        {
            ["database"] = query.Database ?? _options.Database,
            ["max_execution_time"] = (query.TimeLimit ?? _options.TimeLimit).TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            ["max_memory_usage"] = query.MemoryLimitBytes ?? _options.MemoryLimitBytes,
            // A client that goes away ends its query; a late error breaks the framing instead of ending in a valid-looking document.
            ["cancel_http_readonly_queries_on_client_close"] = "1",
            ["http_write_exception_in_output_format"] = "0",
        };
        if (query.ResultRowsLimit is { } rows)
        {
            settings["max_result_rows"] = rows;
            settings["result_overflow_mode"] = "throw";
        }

        foreach (var (name, value) in _options.Settings.Concat(query.Settings).Concat(query.Parameters))
        {
            settings[name] = value;
        }

        return settings;
    }

    [LoggerMessage(1101, LogLevel.Warning, "Query {QueryId} was abandoned, but ClickHouse did not take the order to end it: {Reason}")]
    private partial void LogKillFailed(string queryId, string reason);
}
