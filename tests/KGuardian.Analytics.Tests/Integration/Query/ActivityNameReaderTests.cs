using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Tests.Integration.Query.Filters;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>Names of single events are what a query that gathers all names says of the same rows.</summary>
public sealed class ActivityNameReaderTests
{
    private const long Begin = 1_778_000_000_000_000;
    private const int Seconds = 100;

    [Fact]
    public async Task Names_of_single_events_are_those_of_a_query_that_gathers_all()
    {
        await using var table = await RandomFlows.CreateAsync();
        await AddHistoryAsync(table.Client);
        await AddFlowsAsync(table.Client);
        var expected = await table.Client.QueryAsync<Row>(new ClickHouseQuery(NameSql.With(
            $"""
            SELECT toUnixTimestamp64Micro(t.time_stamp) AS micros, t.pod_namespace AS pod_namespace, t.pod_name AS pod_name, t.traffic_in_out_ip AS peer,
                {ActivityNames.Columns}
            FROM traffic AS t
            """,
            [.. ActivityNames.Gathered, .. FlowName.All.Select(name => name.Sql)])).With("from", Begin).With("to", Begin + (Seconds * 1_000_000L)));

        var names = await new ActivityNameReader(table.Client.Runner()).ReadAsync(
            [.. expected.Select(row => ActivityEnds.Of(row.PodNamespace, row.PodName, row.Peer, row.Micros))], default);

        Assert.Equal(4000, expected.Count);
        Assert.Equal(expected.Select(row => ActivityNames.Read(row.OwnNames, row.PeerService)), names);
        // Each of them is known of some, and not of others.
        foreach (var name in (Func<ActivityNames, string?>[])
            [one => one.Workload, one => one.WorkloadKind, one => one.Node, one => one.PeerService, one => one.Service, one => one.Labels])
        {
            Assert.InRange(names.Count(one => name(one) is not null), 20, names.Count - 20);
        }
    }

    [Fact]
    public async Task No_events_have_no_names()
    {
        await using var table = await RandomFlows.CreateAsync();

        Assert.Empty(await new ActivityNameReader(table.Client.Runner()).ReadAsync([], default));
        Assert.Equal(
            [ActivityNames.None, ActivityNames.None],
            await new ActivityNameReader(table.Client.Runner()).ReadAsync([default, ActivityEnds.Of("ns", "no'\"\\body", "::1%eth0", Begin)], default));
    }

    /// <summary>Each key has three versions of up to five spans, which begin and end at whole seconds, and a row without a span for each.</summary>
    private static Task AddHistoryAsync(ClickHouseClient client) => client.ExecuteAsync(new ClickHouseQuery($$"""
        INSERT INTO name_history (subject, key, version, valid_from, valid_to, type, namespace, name, node, workload_kind, workload, labels)
        SELECT subject, key, version, fromUnixTimestamp64Micro(toInt64({{Begin}} + from * 1000000), 'UTC') AS valid_from,
            fromUnixTimestamp64Micro(toInt64({{Begin}} + (if(n = 5, from, from + 1 + cityHash64(seed, 'long') % 20)) * 1000000), 'UTC') AS valid_to,
            if(n = 5, '', if(subject = 'pod', 'POD', ['POD', 'SERVICE', 'NODE'][1 + cityHash64(seed, 'type') % 3])) AS type,
            if(subject = 'pod', splitByChar('/', key)[1], 'ns') AS namespace, concat('name-', toString(seed % 9)) AS name,
            if(seed % 4 = 0, '', concat('node-', toString(seed % 5))) AS node, if(seed % 3 = 0, '', 'Deployment') AS workload_kind,
            if(seed % 3 = 0, '', concat('wl-', toString(seed % 7))) AS workload,
            if(seed % 5 = 0, map(), map('app', ['x', 'y', 'z"'][1 + seed % 3], 'n', toString(seed % 2))) AS labels
        FROM
        (
            SELECT k % 2 = 0 AS is_pod, if(is_pod, 'pod', 'address') AS subject,
                if(is_pod, concat(if(k % 3 = 0, 'ns', 'default'), '/pod-', toString(k % 10)),
                    if(k % 3 = 0, concat('10.0.0.', toString(k % 20)), concat('fd00::', toString(k % 20)))) AS key,
                arrayJoin([1, 2, 3]) AS version, arrayJoin(range(6)) AS n, cityHash64(key, version, n) AS seed,
                if(n = 5, 0, n * 20) AS from
            FROM numbers(60) AS numbers_of_keys ARRAY JOIN [numbers_of_keys.number] AS k
            -- some have no third version, others no second
            WHERE version = 1 OR cityHash64(key, version) % 3 > 0
            LIMIT 1 BY key, version, n
        )
        """));

    /// <summary>At the borders of spans, a microsecond before them, and between.</summary>
    private static Task AddFlowsAsync(ClickHouseClient client) => client.ExecuteAsync(new ClickHouseQuery($$"""
        INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, traffic_in_out_ip, traffic_in_out_port, time_stamp, arrival_day, version)
        SELECT reinterpretAsFixedString(toUInt128(number)), if(number % 13 = 0, NULL, concat('pod-', toString(number % 11))),
            if(number % 17 = 0, NULL, if(cityHash64(number) % 2 = 0, 'ns', 'default')), '10.9.9.9', number,
            if(number % 19 = 0, NULL, if(number % 2 = 0, concat('10.0.0.', toString(number % 21)),
                concat(if(number % 3 = 0, 'FD00:0::', 'fd00::'), toString(number % 21), if(number % 5 = 0, '%eth0', '')))), 443,
            fromUnixTimestamp64Micro(toInt64({{Begin}} + (cityHash64(number, 'at') % {{Seconds}}) * 1000000
                + [0, 999999, 500000][1 + number % 3]), 'UTC'), '2026-05-12', 0
        FROM numbers(4000)
        """));

    private sealed record Row(long Micros, string? PodNamespace, string? PodName, string? Peer, string? OwnNames, string? PeerService);
}
