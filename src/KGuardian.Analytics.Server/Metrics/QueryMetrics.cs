using System.Diagnostics.Metrics;

namespace KGuardian.Analytics.Server.Metrics;

/// <summary>Counters of answering questions. Names are those of <c>/metrics</c>.</summary>
internal sealed class QueryMetrics
{
    private readonly Meter _meter;

    public QueryMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("KGuardian.Analytics.Query");
        Seconds = _meter.CreateHistogram<double>("kguardian_query_seconds", "s", "Time until a query's answer began, by kind.");
        Refused = _meter.CreateCounter<long>(
            "kguardian_queries_refused_total", description: "Queries refused because their client had too many at once, by kind.");
        CacheRequests = _meter.CreateCounter<long>("kguardian_cache_requests_total", description: "Requests for aggregates, by whether their answer was kept.");
        StreamedBytes = _meter.CreateCounter<long>("kguardian_bytes_streamed_total", "By", "Bytes of rows sent, before compression.");
        BrokenStreams = _meter.CreateCounter<long>("kguardian_streams_broken_total", description: "Streams broken off by a late error of ClickHouse's.");
        TailEvents = _meter.CreateCounter<long>("kguardian_tail_events_total", description: "Flows sent to tails.");
        UnknownEnds = _meter.CreateCounter<long>(
            "kguardian_names_unknown_total", description: "Other ends of traffic events of which the inventory does not know who they were then.");
    }

    /// <summary>Ends that were shown without a name.</summary>
    public Counter<long> UnknownEnds { get; }

    /// <summary>Time until a query's answer began; tag <c>kind</c>.</summary>
    public Histogram<double> Seconds { get; }

    /// <summary>Queries refused because their client had too many at once; tag <c>kind</c>.</summary>
    public Counter<long> Refused { get; }

    /// <summary>Requests for aggregates; tag <c>result</c>, <c>hit</c> or <c>miss</c>.</summary>
    public Counter<long> CacheRequests { get; }

    /// <summary>Bytes of rows sent, before compression.</summary>
    public Counter<long> StreamedBytes { get; }

    /// <summary>Streams that did not come to their end.</summary>
    public Counter<long> BrokenStreams { get; }

    /// <summary>Flows sent to tails.</summary>
    public Counter<long> TailEvents { get; }

    /// <summary>Shows how many tails are open.</summary>
    public void ObserveTails(Func<int> open) => _meter.CreateObservableGauge("kguardian_tails", open, description: "Tails that are open.");
}
