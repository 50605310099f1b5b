using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Commit;

/// <summary>
/// Finds out which flows of a batch are new, and puts them into the open group. Memory tells it of nearly all; what may be in files is read there, on
/// the request's thread: a page takes 2 us from the system's cache.
/// </summary>
/// <param name="commit">Takes new flows.</param>
/// <param name="registry">Knows the files.</param>
/// <param name="resolver">Asks ClickHouse, while the files are made anew.</param>
/// <param name="metrics">Counters.</param>
internal sealed class FlowReservation(GroupCommit commit, FlowRegistry registry, DedupMissResolver resolver, IngestMetrics metrics)
{
    /// <summary>Reserves a batch.</summary>
    /// <exception cref="IngestUnavailableException">New flows cannot be taken now.</exception>
    public async ValueTask<Reservation> ReserveAsync(EventBatch batch)
    {
        using var lookup = new RunLookup();
        while (true)
        {
            var reservation = commit.Enlist(batch, lookup);
            if (reservation.Unknown is not null)
            {
                reservation = await resolver.ReserveAsync(batch);
            }

            if (reservation.IsDecided)
            {
                return reservation;
            }

            Read(batch, lookup);
        }
    }

    private void Read(EventBatch batch, RunLookup lookup)
    {
        try
        {
            metrics.PagesRead.Add(lookup.Read(batch.Keys));
        }
        catch (Exception e) when (RunFailure.IsOfFile(e))
        {
            // From now on ClickHouse is asked.
            registry.Doubt(e.Message);
        }
    }
}
