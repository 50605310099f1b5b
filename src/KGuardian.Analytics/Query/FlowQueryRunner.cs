using System.Globalization;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Retention;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Query;

/// <summary>Runs reads of flows: under the retention window, and each query within <c>Query:*</c>'s limits.</summary>
internal sealed class FlowQueryRunner(ClickHouseCluster cluster, RetentionWindow window, QueryOptions options)
{
    /// <summary>Most memory of a query on the ClickHouse side, in bytes.</summary>
    public long MemoryLimitBytes => options.MemoryLimitBytes;

    /// <summary>Whether a flow's row may stand several times in the table.</summary>
    public bool RowsMayRepeat => options.RowsMayRepeat;

    /// <summary>Whether <c>edge_rollup</c> is kept of all flows, so that it may be read instead of them.</summary>
    public bool HasRollup => options.HasRollup && cluster.Name is null;

    /// <summary>Starts a read of a selection; it starts again should the window move before the answer's head has come.</summary>
    /// <exception cref="StoreNotReadyException">It is not known yet how many days are kept.</exception>
    public Task<T> ReadAsync<T>(FlowSelection selection, Func<ShownFlows, Task<T>> read) => window.RunAsync(oldest => read(new ShownFlows(selection, oldest)));

    /// <summary>The same for reads without a selection, given the oldest arrival day that shows.</summary>
    /// <exception cref="StoreNotReadyException">It is not known yet how many days are kept.</exception>
    public Task<T> ReadAsync<T>(Func<DateOnly, Task<T>> read) => window.RunAsync(read);

    /// <summary>Typed rows of a small result.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<IReadOnlyList<T>> QueryAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken) =>
        cluster.Front.QueryAsync<T>(Limited(query), cancellationToken);

    /// <summary>The one value, or row, of a result.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<T> SingleAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken) =>
        cluster.Front.QuerySingleAsync<T>(Limited(query), cancellationToken);

    /// <summary>Typed rows of each shard's own table.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<IReadOnlyList<T>> QueryShardsAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken) =>
        cluster.QueryShardsAsync<T>(Limited(query), cancellationToken);

    /// <summary>JSON rows, at most <paramref name="limit"/> of those that the query asks for.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<JsonRows> RowsAsync(ClickHouseQuery query, int limit, CancellationToken cancellationToken) =>
        JsonRows.ReadAsync(cluster.Front, Limited(query), limit, cancellationToken);

    /// <summary>ClickHouse's own output in the format that the query names.</summary>
    /// <param name="query">The query.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="countsGranules">
    /// Whether index granules are counted before the read is planned, as every query but those with a plan of their own needs it.
    /// </param>
    /// <exception cref="ClickHouseException">The query failed before its first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> StreamAsync(ClickHouseQuery query, CancellationToken cancellationToken, bool countsGranules = true) =>
        cluster.Front.StreamAsync(Limited(query, countsGranules), cancellationToken);

    /// <summary>The same with a temporary table that the statement reads.</summary>
    /// <param name="query">The query.</param>
    /// <param name="table">Name of the table.</param>
    /// <param name="structure">Its columns, as in CREATE TABLE.</param>
    /// <param name="nativeBlock">Its rows, in the Native format.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">The query failed before its first byte; later failures are thrown by the body.</exception>
    public Task<ClickHouseResult> StreamWithTableAsync(
        ClickHouseQuery query, string table, string structure, ReadOnlyMemory<byte> nativeBlock, CancellationToken cancellationToken) =>
        cluster.Front.StreamWithTableAsync(Limited(query), table, structure, nativeBlock, cancellationToken);

    private ClickHouseQuery Limited(ClickHouseQuery query, bool countsGranules = true)
    {
        var limited = query with { TimeLimit = options.TimeLimit, MemoryLimitBytes = options.MemoryLimitBytes };
        if (options.IsBackground)
        {
            var beforeDisk = (options.MemoryLimitBytes / 4).ToString(CultureInfo.InvariantCulture);
            limited = limited.WithSetting("max_threads", "1").WithSetting("max_bytes_before_external_sort", beforeDisk);
        }

        return countsGranules ? limited.WithGranulesCounted() : limited;
    }
}
