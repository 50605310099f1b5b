using System.Globalization;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Server.Caching;

/// <summary>
/// What state of the flows an answer is of. It is part of an answer's key, taken before the answer is computed: one that was computed while flows
/// changed is never given to who asks later. Clears and retention change it at once; new flows at most once a second, or nothing would ever be found
/// on a busy server. Nothing runs while nobody asks.
/// </summary>
internal sealed class FlowsVersion(bool isShared, RetentionWindow retention, InventoryTier inventory, TimeProvider clock, IngestTier? ingest = null)
{
    /// <summary>How much an answer can lag behind what was acknowledged.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private (long Additions, long Clears, DateOnly Oldest) _current = (-1, 0, default);
    private long _since;
    private long _number;

    /// <summary>The version now, and whether it has just become so.</summary>
    public (string Version, bool IsNew) Now()
    {
        // What other servers add or clear is not known here: it may be something at any time.
        // Names are counted with flows: a pod's becomes known just after its first ones.
        var (additions, clears) = isShared || ingest is null ? (clock.GetTimestamp(), 0) : (ingest.Additions + inventory.NameVersions, ingest.Clears);
        var oldest = retention.OldestDay;
        lock (_gate)
        {
            var isNew = clears != _current.Clears || oldest != _current.Oldest
                || (additions != _current.Additions && (_number == 0 || clock.GetElapsedTime(_since) >= Lag));
            if (isNew)
            {
                _current = (additions, clears, oldest);
                _since = clock.GetTimestamp();
                _number++;
            }

            return (_number.ToString(CultureInfo.InvariantCulture), isNew);
        }
    }
}
