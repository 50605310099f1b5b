using System.Text.Json;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Server.Api.Exports;

/// <summary>Schedules as clients see them, with their files.</summary>
internal static class ScheduleAnswer
{
    /// <summary>Writes a schedule.</summary>
    public static void Write(Utf8JsonWriter json, ExportSchedule schedule, ExportScheduler exports)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, schedule.Id);
        json.WriteString("name"u8, schedule.Name);
        json.WriteBoolean("enabled"u8, schedule.Enabled);
        json.WriteString("reportType"u8, schedule.ReportType);
        json.WriteString("format"u8, ScheduleDocument.Formats.First(format => format.Format == schedule.Format).Name);
        json.WriteStartObject("schedule"u8);
        if (schedule.Cron is { } cron)
        {
            json.WriteString("cron"u8, cron);
        }
        else
        {
            json.WriteNumber("everySeconds"u8, schedule.EverySeconds ?? 0);
        }

        json.WriteString("timeZone"u8, schedule.TimeZone);
        json.WriteEndObject();
        json.WriteString("window"u8, schedule.Window);
        json.WriteString("basis"u8, schedule.IsByArrival ? "arrival" : "first_seen");
        json.WriteString("filter"u8, schedule.Filter);
        if (schedule.Fields is { } fields)
        {
            json.WriteStartArray("fields"u8);
            foreach (var field in fields)
            {
                json.WriteStringValue(field);
            }

            json.WriteEndArray();
        }

        json.WriteString("catchUp"u8, schedule.CatchesUp ? "run" : "skip");
        json.WriteNumber("keepDays"u8, schedule.KeepDays);
        json.WriteString("createdOn"u8, FilterTime.ToText(schedule.CreatedOn));
        json.WriteString("modifiedOn"u8, FilterTime.ToText(schedule.ModifiedOn));
        if (schedule.LastRun > 0)
        {
            json.WriteString("lastRun"u8, Time(schedule.LastRun));
        }

        if (ExportScheduler.NextOf(schedule) is { } next)
        {
            json.WriteString("nextRun"u8, FilterTime.ToText(next));
        }

        json.WriteStartArray("reports"u8);
        if (schedule.Run is { } run && exports.Files.All(file => file.FileId != run.FileId))
        {
            WriteRun(json, run, exports);
        }

        var files = exports.Files.Where(file => file.ScheduleId == schedule.Id);
        foreach (var file in files.OrderByDescending(file => file.To).ThenByDescending(file => file.CreatedOn))
        {
            WriteFile(json, file);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRun(Utf8JsonWriter json, PlannedRun run, ExportScheduler exports)
    {
        var trouble = exports.TroubleOf(run);
        json.WriteStartObject();
        json.WriteString("fileId"u8, run.FileId);
        json.WriteString("status"u8, exports.IsRunning(run) ? "running" : trouble is null ? "queued" : "failed");
        json.WriteString("from"u8, Time(run.From));
        json.WriteString("to"u8, Time(run.To));
        if (trouble is not null)
        {
            json.WriteString("reason"u8, trouble.Reason);
            json.WriteNumber("tries"u8, trouble.Tries);
            json.WriteString("retryOn"u8, FilterTime.ToText(trouble.RetryOn));
        }

        json.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter json, ExportFile file)
    {
        json.WriteStartObject();
        json.WriteString("fileId"u8, file.FileId);
        json.WriteString("status"u8, "finished");
        json.WriteString("from"u8, Time(file.From));
        json.WriteString("to"u8, Time(file.To));
        json.WriteNumber("rows"u8, file.Rows);
        json.WriteBoolean("cut"u8, file.IsCut);
        json.WriteNumber("bytes"u8, file.Bytes);
        json.WriteString("sha256"u8, file.Sha256);
        json.WriteString("createdOn"u8, FilterTime.ToText(file.CreatedOn));
        json.WriteString("expiresOn"u8, FilterTime.ToText(file.ExpiresOn));
        json.WriteEndObject();
    }

    private static string Time(long micros) => FilterTime.ToText(DateTimeOffset.UnixEpoch.AddMicroseconds(micros));
}
