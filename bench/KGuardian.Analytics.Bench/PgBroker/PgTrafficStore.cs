using Npgsql;

namespace KGuardian.Analytics.Bench.PgBroker;

/// <summary>
/// The upstream broker's documented statements, written anew: for each event one indexed look-up, then one multi-row insert. Prepared, pooled, one
/// connection a request. The look-up compares six of the seven columns; for UDP either five suffice (without the pod's port, or the peer's).
/// </summary>
internal sealed class PgTrafficStore(NpgsqlDataSource source)
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS pod_traffic (
            uuid uuid PRIMARY KEY, pod_name text, pod_namespace text, pod_ip text, pod_port text, ip_protocol text, traffic_type text,
            traffic_in_out_ip text, traffic_in_out_port text, decision text, time_stamp timestamp NOT NULL);
        CREATE INDEX IF NOT EXISTS pod_traffic_flow ON pod_traffic
            (pod_ip, traffic_in_out_ip, traffic_type, ip_protocol, traffic_in_out_port, pod_port);
        """;

    private const string FindFlow = """
        SELECT 1 FROM pod_traffic WHERE pod_ip = $1 AND traffic_in_out_ip = $2 AND traffic_type = $3 AND ip_protocol = $4
            AND traffic_in_out_port = $5 AND pod_port = $6 LIMIT 1
        """;

    private const string FindUdpFlow = """
        SELECT 1 WHERE EXISTS (SELECT 1 FROM pod_traffic WHERE pod_ip = $1 AND traffic_in_out_ip = $2 AND traffic_type = $3
                AND ip_protocol = $4 AND traffic_in_out_port = $5)
            OR EXISTS (SELECT 1 FROM pod_traffic WHERE pod_ip = $1 AND traffic_in_out_ip = $2 AND traffic_type = $3
                AND ip_protocol = $4 AND pod_port = $6)
        """;

    // One statement for any number of rows, so that it stays prepared.
    private const string Insert = """
        INSERT INTO pod_traffic SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (uuid) DO NOTHING
        """;

    public async Task CreateSchemaAsync()
    {
        await using var command = source.CreateCommand(Schema);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Stores the flows that are not known yet; returns how many.</summary>
    public async Task<int> AddAsync(IReadOnlyList<TrafficRow> events, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var findFlow = await PrepareLookupAsync(FindFlow, connection, cancellationToken);
        await using var findUdpFlow = await PrepareLookupAsync(FindUdpFlow, connection, cancellationToken);
        var seen = new HashSet<(string?, string?, string?, string?, string?, string?, string?)>(events.Count);
        var added = new List<TrafficRow>();
        foreach (var row in events)
        {
            if (!seen.Add(row.Flow()))
            {
                continue;
            }

            var find = row.IpProtocol == "UDP" ? findUdpFlow : findFlow;
            Bind(find, row.PodIp, row.TrafficInOutIp, row.TrafficType, row.IpProtocol, row.TrafficInOutPort, row.PodPort);
            if (await find.ExecuteScalarAsync(cancellationToken) is null)
            {
                added.Add(row);
            }
        }

        return added.Count == 0 ? 0 : await InsertAsync(connection, added, cancellationToken);
    }

    /// <summary>The newest rows, all of them in memory at once, as upstream does.</summary>
    public async Task<List<TrafficRow>> NewestAsync(string? pod, long? limit, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand { Connection = connection };
        string Bound<T>(T value)
        {
            command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
            return $"${command.Parameters.Count}";
        }

        var where = pod is null ? "" : $"WHERE pod_name = {Bound(pod)} ";
        var first = limit is { } count ? $" LIMIT {Bound(count)}" : "";
        command.CommandText = $"SELECT * FROM pod_traffic {where}ORDER BY time_stamp DESC, uuid DESC{first}";
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<TrafficRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
            rows.Add(new(reader.GetGuid(0), Text(1), Text(2), Text(3), Text(4), Text(5), Text(6), Text(7), Text(8), Text(9), reader.GetDateTime(10)));
        }

        return rows;
    }

    private static async Task<int> InsertAsync(NpgsqlConnection connection, List<TrafficRow> rows, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(Insert, connection);
        void Add<T>(Func<TrafficRow, T> column) => insert.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = rows.ConvertAll(column.Invoke).ToArray() });
        Add(row => row.Uuid);
        Add(row => row.PodName);
        Add(row => row.PodNamespace);
        Add(row => row.PodIp);
        Add(row => row.PodPort);
        Add(row => row.IpProtocol);
        Add(row => row.TrafficType);
        Add(row => row.TrafficInOutIp);
        Add(row => row.TrafficInOutPort);
        Add(row => row.Decision);
        Add(row => row.TimeStamp);
        await insert.PrepareAsync(cancellationToken);
        return await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<NpgsqlCommand> PrepareLookupAsync(string sql, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        for (var i = 0; i < 6; i++)
        {
            command.Parameters.Add(new NpgsqlParameter<string?> { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        }

        await command.PrepareAsync(cancellationToken);
        return command;
    }

    private static void Bind(NpgsqlCommand command, params ReadOnlySpan<string?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            ((NpgsqlParameter<string?>)command.Parameters[i]).TypedValue = values[i];
        }
    }
}
