using System.Text.Json;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Exports.Files;

/// <summary>Stores which files are finished.</summary>
/// <param name="cluster">The store; they are on its first shard.</param>
/// <param name="versions">Numbers rows.</param>
internal sealed class FileTable(ClickHouseCluster cluster, RowVersions versions)
{
    /// <summary>The files that there are, or should be.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<ExportFile>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("SELECT toInt64(r.version) AS version, document FROM export_reports AS r FINAL"), cancellationToken);
        versions.GoBehind(rows.Select(row => row.Version).DefaultIfEmpty().Max());
        return
        [
            .. rows.Where(row => row.Document.Length > 0).Select(row => JsonSerializer.Deserialize<ExportFile>(row.Document)!)
                // What others wrote into the table is no name of a file.
                .Where(file => ExportId.IsFile(file.FileId)),
        ];
    }

    /// <summary>Stores what is known of a file; durable when this returns.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task WriteAsync(ExportFile file, CancellationToken cancellationToken) => WriteAsync([file], JsonSerializer.Serialize, cancellationToken);

    /// <summary>Stores that files are gone; durable when this returns.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task DeleteAsync(IReadOnlyList<ExportFile> files, CancellationToken cancellationToken) => WriteAsync(files, (_, _) => "", cancellationToken);

    private Task WriteAsync(IReadOnlyList<ExportFile> files, Func<ExportFile, JsonSerializerOptions?, string> document, CancellationToken cancellationToken) =>
        cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO export_reports FORMAT JSONEachRow"),
            (stream, cancelled) => JsonSerializer.SerializeAsync(
                stream,
                files.Select(file => new
                {
                    created_on = DateOnly.FromDateTime(file.CreatedOn.UtcDateTime),
                    file_id = file.FileId,
                    version = versions.Next(),
                    document = document(file, null),
                }),
                cancellationToken: cancelled),
            cancellationToken);

    private sealed record Row(long Version, string Document);
}
