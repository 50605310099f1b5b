using System.Text.Json;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Exports.Sources;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Store;

namespace KGuardian.Analytics.Server.Api.Exports;

/// <summary>What an export would hold, for who waits: within the limits of <c>Query:*</c>.</summary>
internal sealed class ExportPreviews(IReadOnlyList<ExportSource> sources, StoreSecrets secrets)
{
    /// <summary>Rows that are shown.</summary>
    public const int Rows = 20;

    /// <summary>What since the run before is, where there is none.</summary>
    private static readonly TimeSpan SincePrevious = TimeSpan.FromDays(1);

    /// <summary>What can be exported.</summary>
    public IReadOnlyList<ExportSource> Sources => sources;

    /// <summary>Reads what a schedule is.</summary>
    public ScheduleDocument Document { get; } = new(sources);

    /// <summary>How many rows there are, and the first of them as JSON with commas between.</summary>
    public async Task<(long Total, ReadOnlyMemory<byte> Rows)> ReadAsync(
        JsonElement body, ExportSource source, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var schedule = ExportBodies.Take(() => Document.ReadPreview(body, source, now));
        var begin = now - (WindowLength.Of(schedule.Window) ?? SincePrevious);
        var request = ExportRunner.RequestOf(
            schedule with { Format = RowFormat.JsonLines }, source, TimeWindow.Micros(begin), TimeWindow.Micros(now),
            FlowIdSql.Of(await secrets.GetHasherAsync(cancellationToken)));
        await using var rows = await source.OpenAsync(request, Rows, cancellationToken);
        using var lines = new MemoryStream();
        await rows.Answer.Body.CopyToAsync(lines, cancellationToken);
        // A line's end is none of a text's within it: there it is escaped.
        var bytes = lines.GetBuffer().AsMemory(0, (int)lines.Length);
        while (bytes.Length > 0 && bytes.Span[^1] == (byte)'\n')
        {
            bytes = bytes[..^1];
        }

        bytes.Span.Replace((byte)'\n', (byte)',');
        return (rows.Total, bytes);
    }
}
