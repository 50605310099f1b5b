using System.Buffers.Binary;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Ingest.Activity;

/// <summary>Writes an <see cref="ActivityTable"/> into <c>traffic_activity</c>, in the Native format.</summary>
internal static class ActivityInsert
{
    private const int RowBytes = sizeof(ulong) + sizeof(long) + sizeof(ulong) + sizeof(long) + sizeof(ushort);
    private const long SecondsAnHour = 3600;

    private static readonly byte[] FlowIdHead = NativeBlock.Column("flow_id", "UInt64");
    private static readonly byte[] HourHead = NativeBlock.Column("hour", "DateTime64(0, 'UTC')");
    private static readonly byte[] ObservationsHead = NativeBlock.Column("observations", "UInt64");
    private static readonly byte[] LastSeenHead = NativeBlock.Column("last_seen", "DateTime64(6, 'UTC')");
    private static readonly byte[] ArrivalDayHead = NativeBlock.Column("arrival_day", "Date");

    /// <summary>Inserts the entries of one shard; nothing when there are none.</summary>
    /// <param name="shard">The shard's ClickHouse.</param>
    /// <param name="table">What was counted.</param>
    /// <param name="token">The insert's deduplication token.</param>
    /// <param name="number">The shard's number, from 0.</param>
    /// <param name="shards">How many shards there are.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClickHouseException">It failed.</exception>
    public static Task RunAsync(ClickHouseClient shard, ActivityTable table, string token, int number, int shards, CancellationToken cancellationToken)
    {
        var insert = new ClickHouseQuery("INSERT INTO traffic_activity (flow_id, hour, observations, last_seen, arrival_day) FORMAT Native")
            .WithSetting("insert_deduplication_token", token);
        var (columns, rows) = Columns(table, number, shards);
        return rows == 0 ? Task.CompletedTask
            : shard.InsertAsync(insert, (stream, cancelled) => WriteAsync(columns, rows, stream, cancelled), cancellationToken);
    }

    private static async Task WriteAsync(byte[] columns, int rows, Stream to, CancellationToken cancellationToken)
    {
        var at = 0;
        await to.WriteAsync(NativeBlock.Head(5, rows), cancellationToken);
        foreach (var (head, width) in new[]
        {
            (FlowIdHead, sizeof(ulong)), (HourHead, sizeof(long)), (ObservationsHead, sizeof(ulong)), (LastSeenHead, sizeof(long)),
            (ArrivalDayHead, sizeof(ushort)),
        })
        {
            await to.WriteAsync(head, cancellationToken);
            await to.WriteAsync(columns.AsMemory(at, rows * width), cancellationToken);
            at += rows * width;
        }
    }

    private static (byte[] Columns, int Rows) Columns(ActivityTable table, int shard, int shards)
    {
        var rows = 0;
        foreach (ref readonly var entry in table.Slots)
        {
            rows += IsOf(entry) ? 1 : 0;
        }

        var columns = new byte[rows * RowBytes];
        var flowIds = columns.AsSpan(0, rows * 8);
        var hours = columns.AsSpan(rows * 8, rows * 8);
        var observations = columns.AsSpan(rows * 16, rows * 8);
        var lastSeen = columns.AsSpan(rows * 24, rows * 8);
        var days = columns.AsSpan(rows * 32);
        var row = 0;
        foreach (ref readonly var entry in table.Slots)
        {
            if (IsOf(entry))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(flowIds[(row * 8)..], entry.FlowId);
                BinaryPrimitives.WriteInt64LittleEndian(hours[(row * 8)..], entry.Hour * SecondsAnHour);
                BinaryPrimitives.WriteUInt64LittleEndian(observations[(row * 8)..], entry.Observations);
                BinaryPrimitives.WriteInt64LittleEndian(lastSeen[(row * 8)..], entry.LastSeen);
                BinaryPrimitives.WriteUInt16LittleEndian(days[(row * 2)..], table.ArrivalDay!.Value);
                row++;
            }
        }

        return (columns, rows);

        bool IsOf(in ActivityTable.Entry entry) => entry.Observations > 0 && ShardKey.ShardOf(entry.FlowId, shards) == shard;
    }
}
