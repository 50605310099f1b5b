using System.Diagnostics.Metrics;
using KGuardian.Analytics.Ingest.Activity;
using KGuardian.Analytics.Ingest.Dedup.Keeping;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Loading;

namespace KGuardian.Analytics.Ingest.Tier;

/// <summary>What the parts of the tier hold, as gauges.</summary>
internal static class IngestGauges
{
    public static void Add(Meter meter, KnownFlows known, Journal journal, BlockLoader loader, ActivityLog activity)
    {
        meter.CreateObservableGauge(
            "kguardian_ingest_backlog_flows", () => loader.BacklogFlows, description: "Flows acknowledged, in the journal, and not yet in ClickHouse.");
        meter.CreateObservableGauge("kguardian_journal_bytes", () => journal.PendingBytes, "By", "Bytes of the journal that wait for ClickHouse.");
        var registry = known.Registry;
        meter.CreateObservableGauge("kguardian_dedup_known_flows", () => registry.Flows, description: "Known flows, in memory and in files.");
        meter.CreateObservableGauge("kguardian_dedup_index_flows", () => registry.IndexedFlows, description: "Known flows held in memory.");
        meter.CreateObservableGauge(
            "kguardian_dedup_index_bytes", () => registry.Bytes, "By", "Memory of known flows: index, filters of the files, flows of no file.");
        meter.CreateObservableGauge(
            "kguardian_dedup_index_complete", () => registry.IsComplete ? 1 : 0, description: "1 while every known flow is in memory or in a file.");
        meter.CreateObservableGauge("kguardian_dedup_files", () => registry.Runs.Count, description: "Files of known flows.");
        meter.CreateObservableGauge("kguardian_dedup_file_bytes", () => known.FileBytes, "By", "Bytes of the files of known flows.");
        meter.CreateObservableGauge("kguardian_activity_entries", () => activity.Entries, description: "Flows and hours with repeats not written yet.");
    }
}
