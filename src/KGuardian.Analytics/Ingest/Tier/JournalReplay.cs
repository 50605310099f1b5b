using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Tier;

/// <summary>
/// Brings in what a predecessor acknowledged and perhaps did not insert. A flow that ClickHouse has was inserted: the registry, which knows those of
/// the table and no others yet, says so, or while it does not know all of them ClickHouse itself.
/// </summary>
internal sealed partial class JournalReplay(Journal journal, StoredKeys storedKeys, FlowRegistry registry, BlockLoader loader, ILogger logger)
{
    /// <summary>Inserts what is missing, tells the registry, and empties the journal. Call once, before the first batch is taken.</summary>
    /// <param name="hasher">Makes this store's keys.</param>
    /// <param name="oldestDay">Flows of earlier days have expired.</param>
    /// <param name="cancellationToken">Gives up; the journal keeps what it has.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    /// <exception cref="InvalidDataException">The journal holds what this version does not know.</exception>
    public async Task RunAsync(FlowKeyHasher hasher, ushort oldestDay, CancellationToken cancellationToken)
    {
        var replayed = new FlowBlock();
        var seen = new HashSet<FlowKey>();
        foreach (var block in journal.Replay(await storedKeys.ReadJournalFloorAsync(cancellationToken)))
        {
            var unknown = Unknown(block.Keys);
            var missing = block.Where((key, day) => day >= oldestDay && unknown.Contains(key) && !seen.Contains(key));
            if (missing.Rows > 0 && !registry.IsComplete)
            {
                var found = await storedKeys.FindAsync(hasher, missing, cancellationToken);
                missing = missing.Where((key, _) => !found.ContainsKey(key));
            }

            seen.UnionWith(missing.Keys.ToArray());
            replayed.Append(missing);
        }

        if (replayed.Rows > 0)
        {
            LogReplaying(replayed.Rows);
            await loader.InsertAsync(replayed, cancellationToken);
            // Not before: a start that fails above is tried again, and must not take these for stored.
            registry.Learn(replayed.Keys, replayed.Days);
        }

        journal.Reset();
    }

    private HashSet<FlowKey> Unknown(ReadOnlySpan<FlowKey> keys)
    {
        try
        {
            return registry.Unknown(keys);
        }
        catch (Exception e) when (RunFailure.IsOfFile(e))
        {
            // ClickHouse is asked for all of them.
            registry.Doubt(e.Message);
            return [.. keys];
        }
    }

    [LoggerMessage(1242, LogLevel.Information, "Bringing {Flows} flows into ClickHouse that the journal kept over the restart")]
    private partial void LogReplaying(int flows);
}
