using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Query;

/// <summary>Reads flows in the broker's row shape, newest first, as ClickHouse formats them.</summary>
public sealed class TrafficReader(ClickHouseClient client, QueryOptions options)
{
    private static readonly string Columns = FlowColumn.Select(FlowColumn.All);

    private const string NewestFirst = "ORDER BY t.time_stamp DESC, t.uuid DESC";

    /// <summary>Every flow, or the newest <paramref name="limit"/>.</summary>
    /// <exception cref="ClickHouseException">The query failed before its first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> AllAsync(long? limit, RowFormat format, CancellationToken cancellationToken)
    {
        var query = $"SELECT {Columns} FROM traffic AS t {NewestFirst}";
        return ReadAsync(
            limit is { } rows ? new ClickHouseQuery($"{query} LIMIT {{limit:UInt64}}").With("limit", rows) : new ClickHouseQuery(query),
            format, cancellationToken);
    }

    /// <summary>The flows of a pod, in one namespace or in all.</summary>
    /// <exception cref="ClickHouseException">The query failed before its first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> OfPodAsync(string podName, string? podNamespace, RowFormat format, CancellationToken cancellationToken)
    {
        var where = podNamespace is null ? "" : "AND t.pod_namespace = {namespace:String}";
        var query = new ClickHouseQuery($"SELECT {Columns} FROM traffic AS t WHERE t.pod_name = {{pod:String}} {where} {NewestFirst}")
            .With("pod", podName);
        return ReadAsync(podNamespace is null ? query : query.With("namespace", podNamespace), format, cancellationToken);
    }

    private Task<ClickHouseResult> ReadAsync(ClickHouseQuery query, RowFormat format, CancellationToken cancellationToken) =>
        client.StreamAsync(
            (query with { TimeLimit = options.TimeLimit, MemoryLimitBytes = options.MemoryLimitBytes }).InFormat(format).WithGranulesCounted(),
            cancellationToken);
}
