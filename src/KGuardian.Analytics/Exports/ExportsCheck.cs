using KGuardian.Analytics.Diagnosis;

namespace KGuardian.Analytics.Exports;

/// <summary>Whether schedules make their files.</summary>
/// <param name="exports">Makes them.</param>
internal sealed class ExportsCheck(ExportScheduler exports) : Check("exports")
{
    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        Finding[] findings =
        [
            .. from schedule in exports.All
               let trouble = schedule.Run is { } run ? exports.TroubleOf(run) : null
               where trouble is not null
               select Error(
                   $"Export '{schedule.Name}' fails, {trouble.Tries} times by now: {trouble.Reason}",
                   $"Nothing is lost, and it is tried again by itself: at once by POST /api/reporting/v1/flows/schedules/{schedule.Id}/run. Mend what it says: "
                   + "room on the disk, Exports:MaxBytes, Exports:TimeLimit, Query:MemoryLimitBytes, or a narrower filter by PUT.",
                   ("schedule", schedule.Id), ("file", schedule.Run!.FileId), ("tries", trouble.Tries)),
        ];
        var enabled = exports.All.Count(schedule => schedule.Enabled);
        return Task.FromResult<IReadOnlyList<Finding>>(
            findings.Length > 0 ? findings
            : !exports.IsEnabled && enabled > 0
                ? [Warning($"{enabled} schedules of exports do not run", "Exports are switched off: set Exports:Enabled = true.", ("schedules", enabled))]
            : [Ok($"{enabled} of {exports.All.Count} schedules make exports; {exports.Files.Count} files are kept, and none is in trouble")]);
    }
}
