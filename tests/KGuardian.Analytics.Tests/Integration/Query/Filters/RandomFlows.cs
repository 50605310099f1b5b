using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Query.Filters;

/// <summary>The real tables in a fresh database, and filters asked of them.</summary>
public sealed class RandomFlows : IAsyncDisposable
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly TestDatabase _database;

    private RandomFlows(TestDatabase database)
    {
        _database = database;
        Client = new ClickHouseClient(
            [database.Endpoint], new ClickHouseClientOptions { Database = database.Name }, NullLogger<ClickHouseClient>.Instance);
    }

    internal ClickHouseClient Client { get; }

    internal static FlowIdSql FlowId { get; } = new(
        $"reinterpretAsUInt64(substring({FlowKeyHasher.SqlExpression}, 1, 8))", query => query.With("k0", 11UL).With("k1", 22UL));

    public static async Task<RandomFlows> CreateAsync(params IEnumerable<StoredFlow> flows)
    {
        var table = new RandomFlows(await SharedNode.CreateDatabaseAsync());
        await new Migrator(table.Client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        await table.AddAsync(flows);
        await table.AddNamesAsync(flows);
        await table.AddServicesAsync();
        return table;
    }

    /// <summary>The ids of the flows that pass, as SQL has it.</summary>
    internal async Task<HashSet<Guid>> AskAsync(FlowFilter filter) =>
        [.. await Client.QueryAsync<Guid>(Query("SELECT toUUID(UUIDNumToString(t.uuid)) AS id FROM traffic AS t WHERE", filter))];

    internal async Task<string> ExplainAsync(FlowFilter filter, string select = "SELECT t.uuid FROM traffic AS t WHERE", string kind = "")
    {
        await using var result = await Client.StreamAsync(
            Query(select, filter) is var query
                ? query with { Sql = $"EXPLAIN {kind} {query.Sql} FORMAT TSVRaw" }
                : query);
        using var reader = new StreamReader(result.Body);
        return await reader.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _database.DisposeAsync();
    }

    private static ClickHouseQuery Query(string select, FlowFilter filter)
    {
        var sql = FilterSql.Render(filter, FlowId);
        return sql.Bind(new ClickHouseQuery(NameSql.With($"{select} {sql.Where}", sql.Names))).WithSetting("use_skip_indexes_on_data_read", "0")
            // As ShownFlows does.
            .WithSetting("max_expanded_ast_elements", "10000000");
    }

    /// <summary>Two services that select every pod by its label, and one that selects none.</summary>
    private Task AddServicesAsync() => Client.ExecuteAsync(new ClickHouseQuery("""
        INSERT INTO service_states (svc_ip, sequence, recorded_at, time_stamp, svc_name, svc_namespace, service_spec)
        SELECT concat('10.96.0.', toString(number)), number, now64(6), now64(6), ['selecting', 'another', 'other', 'elsewhere'][number + 1],
            if(number = 3, 'default', 'ns'),
            concat('{"spec":{"selector":{"app":"', if(number = 2, 'y', 'x'), '"}}}')
        FROM numbers(4)
        """));

    /// <summary>What <see cref="KnownEnds"/> says of both ends.</summary>
    private async Task AddNamesAsync(IEnumerable<StoredFlow> flows)
    {
        var rows = flows.SelectMany(flow => new[] { ("pod", KnownEnds.Pod(flow)), ("address", KnownEnds.Peer(flow)) })
            .Where(end => end.Item2 is not null).Distinct().ToArray();
        await Client.InsertAsync(
            new ClickHouseQuery("""
                INSERT INTO name_history (subject, key, version, valid_from, valid_to, type, namespace, name, node, workload_kind, workload, labels)
                FORMAT JSONEachRow
                """),
            async (stream, cancelled) => await JsonSerializer.SerializeAsync(
                stream,
                rows.Select(row => new
                {
                    subject = row.Item1,
                    key = row.Item2,
                    version = 1,
                    valid_from = "1900-01-01 00:00:00",
                    valid_to = "2299-12-31 00:00:00",
                    type = "POD",
                    @namespace = "ns",
                    name = $"pod-{row.Item2}",
                    node = "node-1",
                    workload_kind = "Deployment",
                    workload = $"wl-{row.Item2}",
                    labels = new { app = "x" },
                }), cancellationToken: cancelled),
            CancellationToken.None);
    }

    public async Task AddAsync(IEnumerable<StoredFlow> flows)
    {
        var rows = flows.ToList();
        if (rows.Count == 0)
        {
            return;
        }

        await Client.InsertAsync(
            new ClickHouseQuery(
                "INSERT INTO traffic SELECT UUIDStringToNum(id), * EXCEPT id, '2026-03-01', 0, 0 FROM input('id String, pod_name Nullable(String), "
                + "pod_namespace Nullable(String), pod_ip Nullable(String), pod_port Int32, ip_protocol Nullable(String), traffic_type Nullable(String), "
                + "traffic_in_out_ip Nullable(String), traffic_in_out_port Int32, decision Nullable(String), time_stamp DateTime64(6, ''UTC'')') "
                + "FORMAT JSONEachRow"),
            async (body, cancellation) =>
            {
                foreach (var row in rows)
                {
                    await body.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(row, SnakeCase) + "\n"), cancellation);
                }
            });
        var repeats = rows.SelectMany(row => row.Repeats, (row, repeat) =>
            JsonSerializer.Serialize(new { id = row.Id, observations = repeat.Observations, last_seen = repeat.LastSeen })).ToList();
        if (repeats.Count == 0)
        {
            return;
        }

        var query = FlowId.Bind(new ClickHouseQuery(
            $"INSERT INTO traffic_activity SELECT flow, toStartOfHour(last_seen), observations, last_seen, '2026-03-01' FROM "
            + "(SELECT JSONExtractString(line, 'id') AS id, JSONExtractUInt(line, 'observations') AS observations, "
            + "toDateTime64(JSONExtractString(line, 'last_seen'), 6, 'UTC') AS last_seen FROM "
            + "(SELECT arrayJoin(splitByChar('|', {lines:String})) AS line)) AS r "
            + $"INNER JOIN (SELECT UUIDNumToString(uuid) AS id, {FlowId.Expression} AS flow FROM traffic) AS f ON f.id = r.id"));
        await Client.ExecuteAsync(query.With("lines", string.Join('|', repeats)));
    }
}
