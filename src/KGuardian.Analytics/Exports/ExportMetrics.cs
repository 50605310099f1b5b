using System.Diagnostics.Metrics;
using KGuardian.Analytics.Exports.Files;

namespace KGuardian.Analytics.Exports;

/// <summary>Counters of exports; gauges are read from their owner. Names are those of <c>/metrics</c>.</summary>
internal sealed class ExportMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _runs;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _missed;
    private readonly Counter<long> _rows;
    private readonly Histogram<double> _duration;

    /// <summary>Creates the instruments.</summary>
    public ExportMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("KGuardian.Analytics.Exports");
        _runs = _meter.CreateCounter<long>("kguardian_exports_runs_total", description: "Files that were finished.");
        _failed = _meter.CreateCounter<long>("kguardian_exports_failed_total", description: "Tries to make a file that failed; they are repeated.");
        _missed = _meter.CreateCounter<long>(
            "kguardian_exports_missed_total", description: "Times of schedules without a file of their own: the server was down, or a run had not ended.");
        _rows = _meter.CreateCounter<long>("kguardian_exports_rows_total", description: "Rows in finished files.");
        _duration = _meter.CreateHistogram<double>("kguardian_exports_duration_seconds", "s", "Time that a finished file took.");
        PushedOut = _meter.CreateCounter<long>(
            "kguardian_exports_pushed_out_total", description: "Files that were deleted before their time, as all of them had more than Exports:MaxBytes.");
        PushedOut.Add(0);
        _rows.Add(0);
    }

    /// <summary>Files that were deleted before their time.</summary>
    public Counter<long> PushedOut { get; }

    /// <summary>Adds the gauges.</summary>
    /// <param name="files">The files that there are.</param>
    public void AddGauges(Func<IReadOnlyList<ExportFile>> files)
    {
        _meter.CreateObservableGauge("kguardian_exports_files_bytes", () => files().Sum(file => file.Bytes), "By", "Bytes of all finished files.");
        _meter.CreateObservableGauge(
            "kguardian_exports_bytes",
            () => files().GroupBy(file => file.ScheduleId).Select(group => new Measurement<long>(group.MaxBy(file => file.To)!.Bytes, Label(group.Key))),
            "By", "Bytes of a schedule's last file.");
    }

    /// <summary>A series that begins with its first count has not increased, for Prometheus.</summary>
    public void Begin(string schedule)
    {
        foreach (var counter in new[] { _runs, _failed, _missed })
        {
            counter.Add(0, Label(schedule));
        }
    }

    /// <summary>A file is finished.</summary>
    public void Finished(ExportFile file, TimeSpan duration)
    {
        _runs.Add(1, Label(file.ScheduleId));
        _rows.Add(file.Rows);
        _duration.Record(duration.TotalSeconds);
    }

    /// <summary>A try failed.</summary>
    public void Failed(string schedule) => _failed.Add(1, Label(schedule));

    /// <summary>Times of a schedule passed without a file of their own.</summary>
    public void Missed(string schedule, long times) => _missed.Add(times, Label(schedule));

    private static KeyValuePair<string, object?> Label(string schedule) => new("schedule", schedule);
}
