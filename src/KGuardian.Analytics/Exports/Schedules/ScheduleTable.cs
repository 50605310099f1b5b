using System.Text.Json;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>Stores schedules, and how far they are: one row says both, so that they never disagree.</summary>
/// <param name="cluster">The store; they are on its first shard.</param>
/// <param name="versions">Numbers rows.</param>
internal sealed class ScheduleTable(ClickHouseCluster cluster, RowVersions versions)
{
    /// <summary>The schedules that there are, in the order of their creation.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<ExportSchedule>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("SELECT toInt64(s.version) AS version, document FROM export_schedules AS s FINAL"), cancellationToken);
        versions.GoBehind(rows.Select(row => row.Version).DefaultIfEmpty().Max());
        return
        [
            .. rows.Where(row => row.Document.Length > 0).Select(row => JsonSerializer.Deserialize<ExportSchedule>(row.Document)!)
                .OrderBy(schedule => schedule.CreatedOn).ThenBy(schedule => schedule.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Stores what a schedule is now; durable when this returns.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task WriteAsync(ExportSchedule schedule, CancellationToken cancellationToken) =>
        WriteAsync(schedule.Id, JsonSerializer.Serialize(schedule), cancellationToken);

    /// <summary>Stores that a schedule is no more; durable when this returns.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) => WriteAsync(id, "", cancellationToken);

    private Task WriteAsync(string id, string document, CancellationToken cancellationToken) =>
        cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO export_schedules FORMAT JSONEachRow"),
            (stream, cancelled) => JsonSerializer.SerializeAsync(stream, new { id, version = versions.Next(), document }, cancellationToken: cancelled),
            cancellationToken);

    private sealed record Row(long Version, string Document);
}
