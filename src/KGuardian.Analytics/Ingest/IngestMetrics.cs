using System.Diagnostics.Metrics;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest;

/// <summary>Counters of the ingest tier; gauges are read from their owners. Names are those of <c>/metrics</c>.</summary>
internal sealed class IngestMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "KGuardian.Analytics.Ingest";

    /// <summary>Creates the instruments.</summary>
    public IngestMetrics(IMeterFactory meters)
    {
        Meter = meters.Create(MeterName);
        Received = Meter.CreateCounter<long>("kguardian_events_received_total", description: "Events read from request bodies.");
        New = Meter.CreateCounter<long>("kguardian_events_new_total", description: "Events whose flow was new, acknowledged as such.");
        Repeated = Meter.CreateCounter<long>("kguardian_events_repeated_total", description: "Events whose flow was known.");
        Resent = Meter.CreateCounter<long>("kguardian_events_resent_total", description: "Events that came again as they were, and are no observations.");
        TimeUnknown = Meter.CreateCounter<long>(
            "kguardian_events_time_unknown_total", description: "Events without a time of their own, which have that of their arrival.");
        Rejected = Meter.CreateCounter<long>("kguardian_events_rejected_total", description: "Events that cannot be stored, by reason.");
        RejectedDropped = Meter.CreateCounter<long>("kguardian_rejected_events_dropped_total", description: "Rejected events counted, but not kept.");
        Refused = Meter.CreateCounter<long>("kguardian_ingest_requests_refused_total", description: "Ingest requests answered with an error, by status.");
        RequestSeconds = Meter.CreateHistogram<double>("kguardian_ingest_seconds", "s", "Time from a request's last byte to its answer.");
        JournalSeconds = Meter.CreateHistogram<double>("kguardian_commit_seconds", "s", "Time to make a group of new flows durable.");
        CommitFlows = Meter.CreateHistogram<long>("kguardian_commit_flows", description: "New flows made durable at once.");
        JournalFailures = Meter.CreateCounter<long>("kguardian_commit_failures_total", description: "Groups that could not be made durable.");
        InsertSeconds = Meter.CreateHistogram<double>("kguardian_insert_seconds", "s", "Time of an insert into ClickHouse.");
        InsertFlows = Meter.CreateHistogram<long>("kguardian_insert_flows", description: "Flows of an insert into ClickHouse.");
        InsertFailures = Meter.CreateCounter<long>("kguardian_insert_failures_total", description: "Tries of an insert that failed.");
        LookedUp = Meter.CreateCounter<long>("kguardian_dedup_lookups_total", description: "Keys that were asked of ClickHouse.");
        KeysWritten = Meter.CreateCounter<long>("kguardian_dedup_keys_written_total", description: "Known flows written into a file.");
        KeysMerged = Meter.CreateCounter<long>("kguardian_dedup_keys_merged_total", description: "Known flows written again by merging files.");
        PagesRead = Meter.CreateCounter<long>("kguardian_dedup_page_reads_total", description: "Pages of files read to find a flow.");
        KeyFileFailures = Meter.CreateCounter<long>("kguardian_dedup_file_failures_total", description: "Tries to write files of known flows that failed.");
        ActivityDropped = Meter.CreateCounter<long>("kguardian_activity_dropped_total", description: "Repeats not counted: too many wait.");
        ActivityFailures = Meter.CreateCounter<long>("kguardian_activity_failures_total", description: "Tries to write activity that failed.");
        // A series that begins with its first count has not increased, for Prometheus: alerts would miss it.
        foreach (var reason in Enum.GetValues<RejectReason>().Where(reason => reason != RejectReason.None))
        {
            Rejected.Add(0, new KeyValuePair<string, object?>("reason", reason.Name()));
        }

        foreach (var status in new[] { 400, 413, 503 })
        {
            Refused.Add(0, new KeyValuePair<string, object?>("status", status));
        }
    }

    /// <summary>The meter, for gauges of other owners.</summary>
    public Meter Meter { get; }

    internal Counter<long> Received { get; }

    internal Counter<long> New { get; }

    internal Counter<long> Repeated { get; }

    internal Counter<long> Resent { get; }

    internal Counter<long> TimeUnknown { get; }

    internal Counter<long> Rejected { get; }

    internal Counter<long> RejectedDropped { get; }

    /// <summary>Requests that were answered with an error; tag <c>status</c>.</summary>
    public Counter<long> Refused { get; }

    /// <summary>Time from a request's last byte to its answer.</summary>
    public Histogram<double> RequestSeconds { get; }

    internal Histogram<double> JournalSeconds { get; }

    internal Histogram<long> CommitFlows { get; }

    internal Counter<long> JournalFailures { get; }

    internal Histogram<double> InsertSeconds { get; }

    internal Histogram<long> InsertFlows { get; }

    internal Counter<long> InsertFailures { get; }

    internal Counter<long> LookedUp { get; }

    internal Counter<long> KeysWritten { get; }

    internal Counter<long> KeysMerged { get; }

    internal Counter<long> PagesRead { get; }

    internal Counter<long> KeyFileFailures { get; }

    internal Counter<long> ActivityDropped { get; }

    internal Counter<long> ActivityFailures { get; }
}
