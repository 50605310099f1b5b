using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Exports.Sources;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Exports;

/// <summary>Makes one file.</summary>
/// <param name="sources">What can be exported.</param>
/// <param name="order">Knows when nothing comes before a place any more.</param>
/// <param name="secrets">Flows are known by one of them.</param>
/// <param name="files">Where files go.</param>
/// <param name="options">Settings <c>Exports:*</c>.</param>
/// <param name="clock">The believed time.</param>
internal sealed class ExportRunner(
    IReadOnlyList<ExportSource> sources, ExportOrder order, StoreSecrets secrets, FileStore files, ExportOptions options, TimeProvider clock)
{
    /// <summary>Ten times what a full block and its events take; behind it the run has failed, and is tried again.</summary>
    private static readonly TimeSpan SealLimit = TimeSpan.FromMinutes(1);

    private static readonly TimeWindow AllTimes = new(FilterTime.Earliest, FilterTime.End);

    /// <summary>What a schedule exports of a window.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="source">Of which source.</param>
    /// <param name="from">Begin of the window, in microseconds since 1970.</param>
    /// <param name="to">Its end, not part of it, from which relative times of filters count.</param>
    /// <param name="flowId">The flows' ids.</param>
    public static ExportRequest RequestOf(ExportSchedule schedule, ExportSource source, long from, long to, FlowIdSql flowId)
    {
        var filter = source.ParseFilter(schedule.Filter, Time(to));
        var selection = schedule.IsByArrival
            ? new FlowSelection(AllTimes, filter, flowId) { Arrived = new ArrivalRange(from, to) }
            : new FlowSelection(new TimeWindow(Time(from), Time(to)), filter, flowId);
        return new ExportRequest(selection, schedule.Fields ?? source.DefaultFields, schedule.Format);
    }

    /// <summary>Writes the draft of a run's file.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    /// <exception cref="IOException">The disk failed, or is full.</exception>
    /// <exception cref="TimeoutException">What arrived before the run is not in ClickHouse yet.</exception>
    public async Task<ExportFile> RunAsync(ExportSchedule schedule, PlannedRun run, CancellationToken cancellationToken)
    {
        var source = sources.First(source => source.Name == schedule.ReportType);
        await SealAsync(source, run.To, cancellationToken);
        var request = RequestOf(schedule, source, run.From, run.To, FlowIdSql.Of(await secrets.GetHasherAsync(cancellationToken)));
        await using var rows = await source.OpenAsync(request, limit: null, cancellationToken);
        var (bytes, sha256) = await files.WriteDraftAsync(run.FileId, rows.Answer.Body, options.MaxBytes, cancellationToken);
        var now = clock.GetUtcNow();
        return new ExportFile
        {
            FileId = run.FileId,
            ScheduleId = schedule.Id,
            ReportType = schedule.ReportType,
            Format = schedule.Format,
            Rows = rows.Total,
            IsCut = rows.IsCut,
            Bytes = bytes,
            Sha256 = sha256,
            From = run.From,
            To = run.To,
            CreatedOn = now,
            ExpiresOn = now.AddDays(schedule.KeepDays),
            Bucket = options.Bucket?.Endpoint,
        };
    }

    private async Task SealAsync(ExportSource source, long place, CancellationToken cancellationToken)
    {
        using var sealing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await order.SealFlows(place, sealing.Token).WaitAsync(SealLimit, clock, cancellationToken);
            if (source is EventSource)
            {
                await order.SealEvents(place, sealing.Token).WaitAsync(SealLimit, clock, cancellationToken);
            }
        }
        catch (TimeoutException e)
        {
            await sealing.CancelAsync();
            throw new TimeoutException($"what arrived before {FilterTime.ToText(Time(place))} is not in ClickHouse within {SealLimit}", e);
        }
    }

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);
}
