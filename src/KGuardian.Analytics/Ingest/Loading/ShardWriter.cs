using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Loading;

/// <summary>Inserts flows into one shard, each block once, however often it takes to be sure of it.</summary>
/// <param name="name">What the shard is called in texts; empty for a store of one server.</param>
/// <param name="client">The shard.</param>
/// <param name="clock">Pauses.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class ShardWriter(string name, ClickHouseClient client, TimeProvider clock, IngestMetrics metrics, ILogger logger)
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(2);

    /// <summary>An insert of half a million flows takes some seconds on two cores.</summary>
    private static readonly TimeSpan InsertLimit = TimeSpan.FromSeconds(30);

    private volatile string? _failure;

    /// <summary>Why the last try failed; null when it did not.</summary>
    public string? Failure => _failure;

    /// <summary>Tries until the shard has the rows, numbered from <paramref name="first"/>.</summary>
    public async Task InsertAsync(FlowBlock block, long first, CancellationToken cancellationToken)
    {
        // One token a block for all tries: the same token never stands for different data. A try may go to another address than the one before, whose
        // outcome is unknown: the block is stored once all the same, because the addresses of one client show the same data (see
        // ClickHouseHealth.RequireSameDataAsync), and what keeps tokens is part of it: the table's own log where they lead to one server, Keeper where
        // they are replicas. There the later of two inserts under way loses, also against one on another replica.
        var insert = new ClickHouseQuery($"INSERT INTO traffic ({FlowBlock.NumberedColumnList}) FORMAT Native") { TimeLimit = InsertLimit }
            // Imported flows may keep their age, a year of days at most (Arrival); by default an insert is refused that has more than 100.
            .WithSetting("insert_deduplication_token", Guid.NewGuid().ToString("N")).WithSetting("max_partitions_per_insert_block", "0");
        for (var backoff = FirstBackoff; ; backoff = TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, backoff.Ticks * 2)))
        {
            var started = clock.GetTimestamp();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(InsertLimit + TimeSpan.FromSeconds(5));
            try
            {
                await client.InsertAsync(insert, (stream, token) => block.WriteNumberedAsync(stream, first, token), limit.Token);
                metrics.InsertSeconds.Record(clock.GetElapsedTime(started).TotalSeconds);
                metrics.InsertFlows.Record(block.Rows);
                if (_failure is not null)
                {
                    _failure = null;
                    LogRecovered(name, block.Rows);
                }

                return;
            }
            catch (Exception e) when (e is ClickHouseException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                _failure = name + (e is ClickHouseException known ? known.Text : $"no answer within {InsertLimit}");
                metrics.InsertFailures.Add(1);
                LogInsertFailed(e, name, block.Rows, backoff);
            }

            await Task.Delay(backoff, clock, cancellationToken);
        }
    }

    [LoggerMessage(1211, LogLevel.Error, "{Shard}ClickHouse did not take {Flows} flows; they stay in the journal, next try in {Backoff}")]
    private partial void LogInsertFailed(Exception exception, string shard, int flows, TimeSpan backoff);

    [LoggerMessage(1212, LogLevel.Information, "{Shard}ClickHouse takes flows again: {Flows} waiting ones are stored")]
    private partial void LogRecovered(string shard, int flows);
}
