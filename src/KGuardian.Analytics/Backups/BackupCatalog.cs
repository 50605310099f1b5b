using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>The backups that were made of a store, in its table <c>store</c>: a row each under the name <c>backup</c>.</summary>
internal sealed class BackupCatalog(ClickHouseClient client)
{
    /// <summary>Most that are listed.</summary>
    private const int Most = 1000;

    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Newest first.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<BackupRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var rows = await new StoreFacts(() => client).GetNewestAsync(StoreFactNames.Backup, Most, cancellationToken);
        // A restored store has a row of its own about the backup that it is of, without bytes.
        return [.. rows.Select(row => JsonSerializer.Deserialize<BackupRecord>(row, SnakeCase)!)
            .GroupBy(record => (record.Destination, record.Name)).Select(same => same.MaxBy(record => record.Bytes)!)];
    }

    /// <summary>Remembers one, in the client's database or in another.</summary>
    internal Task AddAsync(BackupRecord record, string? database, CancellationToken cancellationToken) =>
        new StoreFacts(() => client, database).WriteAsync(cancellationToken, (StoreFactNames.Backup, JsonSerializer.Serialize(record, SnakeCase)));
}

/// <summary>A backup, as the store remembers it; the backup itself has it, too.</summary>
/// <param name="Name">Its name below its destination: database, time and kind.</param>
/// <param name="Destination">Where it is, without secrets.</param>
/// <param name="Base">The backup that it builds on and cannot be restored without; null for a full one.</param>
/// <param name="TakenAt">When the store was as it is in the backup.</param>
/// <param name="SchemaVersion">The schema's version.</param>
/// <param name="Flows">Rows of <c>traffic</c>.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Bytes">Bytes that it takes by itself, without its base; 0 inside of the backup.</param>
internal record BackupRecord(
    string Name, string Destination, string? Base, DateTimeOffset TakenAt, int SchemaVersion, long Flows, long Rows, long Bytes);
