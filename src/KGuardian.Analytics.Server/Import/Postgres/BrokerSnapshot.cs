using System.Runtime.CompilerServices;
using KGuardian.Analytics.Server.Client;
using Npgsql;

namespace KGuardian.Analytics.Server.Import.Postgres;

/// <summary>A PostgreSQL broker's tables, as they all were in one moment.</summary>
internal sealed class BrokerSnapshot : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private BrokerSnapshot(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Tells this database from every other.</summary>
    public string Identity { get; private set; } = "";

    /// <summary>Connects, and stops the time.</summary>
    /// <param name="connectionString">In Npgsql's form.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">It cannot be connected to.</exception>
    public static async Task<BrokerSnapshot> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        // An idle connection may be cut by what is between, while the server is away; a command may take what it takes.
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "kguardian-analytics",
            Pooling = false,
            CommandTimeout = 0,
            KeepAlive = 0,
            TcpKeepAlive = true,
            Timeout = 15,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            var snapshot = new BrokerSnapshot(connection);
            await snapshot.BeginAsync(cancellationToken);
            return snapshot;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
        {
            await connection.DisposeAsync();
            throw Failed($"{settings.Host}:{settings.Port}/{settings.Database}", e);
        }
    }

    /// <summary>The columns of a table; none when there is no such table.</summary>
    public async Task<IReadOnlySet<string>> ColumnsAsync(string table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped", _connection)
        {
            Parameters = { new() { Value = table } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var columns = new HashSet<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            columns.Add(reader.GetString(0));
        }

        return columns;
    }

    /// <summary>Names of the tables that a name without a schema finds, in their order; parts of a table are not ones.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND pg_table_is_visible(c.oid) AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            ORDER BY c.relname
            """, _connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    /// <summary>Rows of a table; up to a position, when one is given.</summary>
    /// <exception cref="CommandException">The database refuses it.</exception>
    public async Task<long> CountAsync(BrokerTable table, string[]? upTo, CancellationToken cancellationToken)
    {
        try
        {
            return (long)(await ScalarAsync(
                $"SELECT count(*) FROM {table.Name}{(upTo is null ? "" : $" WHERE {KeyOf(table)} <= {Literals(upTo)}")}", cancellationToken))!;
        }
        catch (PostgresException e)
        {
            throw Failed(table.Name, e);
        }
    }

    /// <summary>Batches of a table's rows in the order of its key, behind a position.</summary>
    /// <param name="table">The table.</param>
    /// <param name="columns">What is read of it.</param>
    /// <param name="after">The last row's key; null for all.</param>
    /// <param name="firstRow">The number of the first row that is read, from 1.</param>
    /// <param name="rent">Gives an empty batch.</param>
    /// <param name="mostRows">Rows of one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">The database refuses it, or is gone.</exception>
    public async IAsyncEnumerable<ImportBatch> ReadAsync(
        BrokerTable table, IReadOnlyList<BrokerColumn> columns, string[]? after, long firstRow, Func<ImportBatch> rent, int mostRows,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var select = string.Join(", ", columns.Select(column => column.Absent is null ? column.Name : $"'{column.Absent}'").Concat(table.Key)
            .Select(value => $"{value}::text"));
        var where = after is null ? "" : $" WHERE {KeyOf(table)} > {Literals(after)}";
        var sql = $"COPY (SELECT {select} FROM {table.Name}{where} ORDER BY {string.Join(", ", table.Key)}) TO STDOUT (FORMAT binary)";
        using var writer = new BrokerRowWriter(columns);
        var gate = table.Target == ImportTable.Flows ? new FlowGate() : null;
        await using var stream = await GuardAsync(table, () => _connection.BeginRawBinaryCopyAsync(sql, cancellationToken));
        var rows = new CopyReader(stream);
        var row = firstRow;
        var batch = rent();
        while (await GuardAsync(table, () => FillAsync(batch)))
        {
            row += batch.Count + batch.Rejects.Count;
            yield return batch;
            batch = rent();
        }

        async Task<bool> FillAsync(ImportBatch to)
        {
            var next = row;
            // Once it has ended it is not read again.
            while (!rows.IsEnded && to.Count + to.Rejects.Count < mostRows && to.Bytes < ImportTable.MostBytes && await rows.ReadAsync(cancellationToken))
            {
                Add(rows, writer, gate, next++, to);
                to.Position = PositionOf(rows, columns.Count, table.Key.Count);
            }

            return to.Count + to.Rejects.Count > 0;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static void Add(CopyReader rows, BrokerRowWriter writer, FlowGate? gate, long row, ImportBatch to)
    {
        if (writer.Write(rows) is { } fault)
        {
            to.Rejects.Add(new(row, fault.Field, fault.Reason, writer.Show(rows)));
        }
        else if (gate is not null)
        {
            gate.Add(writer.Json, row, to);
        }
        else
        {
            to.Add(writer.Json, row);
        }
    }

    private static string[]? PositionOf(CopyReader row, int from, int count)
    {
        var position = new string[count];
        for (var i = 0; i < count; i++)
        {
            // Null is behind every key, and nothing can be compared with it.
            if (row.IsNull(from + i))
            {
                return null;
            }

            position[i] = System.Text.Encoding.UTF8.GetString(row[from + i]);
        }

        return position;
    }

    private static string KeyOf(BrokerTable table) => $"({string.Join(", ", table.Key)})";

    /// <summary>COPY takes no parameters: texts, quoted, that become what they are compared with.</summary>
    private static string Literals(string[] values) =>
        $"({string.Join(", ", values.Select(value => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'"))})";

    private static CommandException Failed(string what, Exception e) => new(e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            $"the database {what} does not let this user in: {refused.MessageText}. A password is taken from the URL, PGPASSWORD or PGPASSFILE",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } refused => $"there is no such database: {refused.MessageText}",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
            $"the database's user may not read {what}: {refused.MessageText}. It needs SELECT on the broker's tables",
        PostgresException refused => $"the database refuses {what}: {refused.MessageText} ({refused.SqlState})",
        _ => $"the database {what} cannot be read: {e.InnerException?.Message ?? e.Message}",
    });

    private static async Task<T> GuardAsync<T>(BrokerTable table, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidDataException)
        {
            throw Failed(table.Name, e);
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        foreach (var sql in new[]
        {
            "SET timezone = 'UTC'", "SET datestyle = 'ISO'", "SET standard_conforming_strings = on", "SET statement_timeout = 0",
            // For the sort by time: with the default of 4 MB it goes through the disk many times over.
            "SET idle_in_transaction_session_timeout = 0", "SET work_mem = '64MB'", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
        {
            await using var command = new NpgsqlCommand(sql, _connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        // The cluster's number, and the database's in it: the same behind another address, and another one after a restore.
        Identity = (string)(await ScalarAsync(
            """
            SELECT format('%s/%s/%s', (SELECT system_identifier FROM pg_control_system()), oid, datname) FROM pg_database WHERE datname = current_database()
            """, cancellationToken))!;
    }

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
