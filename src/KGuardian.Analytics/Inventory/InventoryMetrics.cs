using System.Diagnostics.Metrics;

namespace KGuardian.Analytics.Inventory;

/// <summary>Counters of the inventory; gauges are read from their owners. Names are those of <c>/metrics</c>.</summary>
internal sealed class InventoryMetrics
{
    /// <summary>Creates the instruments.</summary>
    public InventoryMetrics(IMeterFactory meters)
    {
        Meter = meters.Create("KGuardian.Analytics.Inventory");
        Posts = Meter.CreateCounter<long>("kguardian_inventory_posts_total",
            description: "What agents said of pods, services and system calls, by kind and by what became of it.");
        WriteSeconds = Meter.CreateHistogram<double>("kguardian_inventory_write_seconds", "s",
            "Time to make a group of states durable in ClickHouse.");
        WriteRows = Meter.CreateHistogram<long>("kguardian_inventory_write_rows", description: "States made durable at once.");
        WriteFailures = Meter.CreateCounter<long>("kguardian_inventory_write_failures_total", description: "Tries to write states that failed.");
        FollowFailures = Meter.CreateCounter<long>("kguardian_inventory_follow_failures_total",
            description: "Tries to read what other servers wrote that failed.");
        foreach (var kind in new[] { "pod", "death", "service", "syscalls", "node" })
        {
            foreach (var result in new[] { "stored", "unchanged", "ignored", "refused" })
            {
                // A series that begins with its first count has not increased, for Prometheus.
                Count(kind, result, 0);
            }
        }
    }

    /// <summary>The meter, for gauges of other owners.</summary>
    public Meter Meter { get; }

    internal Histogram<double> WriteSeconds { get; }

    internal Histogram<long> WriteRows { get; }

    internal Counter<long> WriteFailures { get; }

    internal Counter<long> FollowFailures { get; }

    private Counter<long> Posts { get; }

    /// <summary>Counts what was said, and what became of it.</summary>
    public void Count(string kind, string result, long count = 1) =>
        Posts.Add(count, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("result", result));
}
