using System.Diagnostics.Metrics;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Metrics;

/// <summary>
/// What the store consists of and how much room it has: asked of ClickHouse as often as Prometheus usually comes, by one short statement each, so
/// that <c>/metrics</c> itself never waits. While ClickHouse is away the last numbers stay.
/// </summary>
internal sealed partial class StoreMetrics : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    private readonly Meter _meter;
    private readonly PeriodicWorker _sampling;
    private readonly Counter<long> _failures;
    private readonly ClickHouseCluster _cluster;
    private readonly ClickHouseHealth _health;
    private readonly RetentionWindow _window;
    private readonly ILogger<StoreMetrics> _logger;
    private readonly DriveInfo _drive;
    private volatile IReadOnlyList<TableSize> _tables = [];
    private volatile IReadOnlyList<DiskSize> _disks = [];

    public StoreMetrics(
        ClickHouseCluster cluster, ClickHouseHealth health, RetentionWindow window, string dataDirectory, TimeProvider clock, IMeterFactory meters,
        ILogger<StoreMetrics> logger)
    {
        _cluster = cluster;
        _health = health;
        _window = window;
        _meter = meters.Create("KGuardian.Analytics.Store");
        _sampling = new PeriodicWorker(Interval, SampleAsync, SampleFailed, clock) { BeginsAtOnce = true };
        _logger = logger;
        _drive = new DriveInfo(Path.GetFullPath(dataDirectory));
        _failures = _meter.CreateCounter<long>(
            "kguardian_store_sample_failures_total", description: "Times that ClickHouse or the disk could not be asked for their numbers.");
        OfTables("kguardian_store_rows", table => table.Rows, null, "Rows, as ClickHouse holds them.");
        OfTables("kguardian_store_bytes", table => table.Bytes, "By", "Bytes on disk.");
        OfTables("kguardian_store_parts", table => table.Parts, null, "Active parts.");
        OfTables(
            "kguardian_store_partition_parts", table => table.PartitionParts, null,
            "Active parts of the day that has the most; ClickHouse slows inserts from 1,000 on.");
        OfTables("kguardian_store_mutations", table => table.Mutations, null, "Changes of the table, such as a new index, that are not done yet.");
        OfDisks("kguardian_disk_free_bytes", disk => disk.FreeBytes, "Free bytes of ClickHouse's disk.");
        OfDisks("kguardian_disk_size_bytes", disk => disk.SizeBytes, "Size of ClickHouse's disk.");
        _meter.CreateObservableGauge(
            "kguardian_data_free_bytes", () => Room(drive => drive.AvailableFreeSpace), "By",
            "Free bytes where the journal is, KGUARDIAN_DATA_DIR.");
        _meter.CreateObservableGauge("kguardian_data_size_bytes", () => Room(drive => drive.TotalSize), "By", "Size of the disk where the journal is.");
        // None before it is known: 0 would say that flows are kept for ever.
        _meter.CreateObservableGauge<int>(
            "kguardian_retention_days", () => _window.IsKnown ? [new Measurement<int>(_window.Days)] : [],
            description: "Whole days that flows are kept; 0 is for ever.");
        _meter.CreateObservableGauge("kguardian_retention_lag_days", LagDays, description: "Days that have expired, and are not dropped yet.");
    }

    /// <summary>Begins to ask; the schema is there.</summary>
    public void Start() => _sampling.Start();

    public ValueTask DisposeAsync() => _sampling.DisposeAsync();

    private void OfTables(string name, Func<TableSize, long> value, string? unit, string description) =>
        _meter.CreateObservableGauge(name, () => _tables.Select(table => Tagged(value(table), "table", table.TableName)), unit, description);

    private void OfDisks(string name, Func<DiskSize, long> value, string description) =>
        _meter.CreateObservableGauge(name, () => _disks.Select(disk => Tagged(value(disk), "disk", disk.DiskName)), "By", description);

    private static Measurement<long> Tagged(long value, string name, string tag) => new(value, new KeyValuePair<string, object?>(name, tag));

    private long Room(Func<DriveInfo, long> of)
    {
        try
        {
            return of(_drive);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that is gone has no room.
            _failures.Add(1);
            LogNoDrive(e, _drive.Name);
            return 0;
        }
    }

    private int LagDays()
    {
        var oldest = _window.OldestDay;
        return _tables.Select(table => table.OldestDay).Where(day => day > Epoch)
            .Select(day => Math.Max(0, oldest.DayNumber - day.DayNumber)).DefaultIfEmpty().Max();
    }

    private async Task SampleAsync(CancellationToken cancellationToken)
    {
        if (_health.Failure is not null)
        {
            return;
        }

        var tables = await _cluster.QueryShardsAsync<TableSize>(
            Short("""
                SELECT t.name AS table_name, sum(p.parts) AS parts, max(p.parts) AS partition_parts, sum(p.rows) AS rows, sum(p.bytes) AS bytes,
                    if(t.name IN ('traffic', 'traffic_activity'), toDate(min(p.day)), toDate(0)) AS oldest_day, any(m.mutations) AS mutations
                FROM
                (
                    -- also tables that are empty: a series that is left out keeps its last value
                    SELECT DISTINCT name
                    FROM system.tables
                    WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
                ) AS t
                LEFT JOIN
                (
                    SELECT database, table, toDateOrZero(partition) AS day, count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
                    FROM system.parts
                    WHERE active AND database = currentDatabase()
                    GROUP BY database, table, partition
                ) AS p ON p.table = t.name
                LEFT JOIN
                (
                    SELECT table, count() AS mutations
                    FROM system.mutations
                    WHERE database = currentDatabase() AND NOT is_done
                    GROUP BY table
                ) AS m ON m.table = t.name
                GROUP BY t.name
                """),
            cancellationToken);
        var disks = await _cluster.QueryShardsAsync<DiskSize>(
            Short("SELECT name AS disk_name, free_space AS free_bytes, total_space AS size_bytes FROM system.disks"), cancellationToken);
        _tables = [.. tables.GroupBy(table => table.TableName).Select(TableSize.OfShards)];
        // Of the shard that has the least.
        _disks = [.. disks.GroupBy(disk => disk.DiskName).Select(same => same.MinBy(disk => disk.FreeBytes)!)];
    }

    private void SampleFailed(Exception exception)
    {
        _failures.Add(1);
        LogFailed(exception);
    }

    private static ClickHouseQuery Short(string sql) => new(sql) { TimeLimit = Limit };

    [LoggerMessage(1451, LogLevel.Warning, "ClickHouse could not be asked for the store's size; /metrics shows the last one")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(1452, LogLevel.Warning, "The disk of {Directory} cannot be asked for its size")]
    private partial void LogNoDrive(Exception exception, string directory);

    private sealed record TableSize(string TableName, long Parts, long PartitionParts, long Rows, long Bytes, DateOnly OldestDay, long Mutations)
    {
        /// <summary>One table's numbers over the shards; an empty shard has no oldest day.</summary>
        public static TableSize OfShards(IGrouping<string, TableSize> shards) => new(
            shards.Key, shards.Sum(shard => shard.Parts), shards.Max(shard => shard.PartitionParts), shards.Sum(shard => shard.Rows),
            shards.Sum(shard => shard.Bytes), shards.Select(shard => shard.OldestDay).Where(day => day > Epoch).DefaultIfEmpty(Epoch).Min(),
            shards.Sum(shard => shard.Mutations));
    }

    private sealed record DiskSize(string DiskName, long FreeBytes, long SizeBytes);
}
