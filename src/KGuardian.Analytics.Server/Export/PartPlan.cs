using System.Globalization;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>
/// Where parts end. For rows and bytes the server is asked how its flows are spread over the time that is left, and over a part of it in ever smaller steps
/// where there are many; a second is never divided.
/// </summary>
/// <param name="server">The server.</param>
/// <param name="filter">Which flows; null for all.</param>
/// <param name="size">How much a part holds.</param>
/// <param name="from">Where it begins.</param>
/// <param name="to">Where the last part ends.</param>
internal sealed class PartPlan(ServerClient server, string? filter, PartSize size, DateTime from, DateTime to)
{
    private static readonly TimeSpan Finest = TimeSpan.FromSeconds(1);

    /// <summary>Spans of time behind the last part, the next one on top.</summary>
    private readonly Stack<(DateTime From, DateTime To, long Flows)> _spans = [];

    private DateTime _next = from;
    private bool _isCounted;

    /// <summary>Where the next part ends; null when there is none.</summary>
    /// <param name="bytesOfRow">What a row takes, as far as it is known.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(DateTime From, DateTime To)?> NextAsync(double bytesOfRow, CancellationToken cancellationToken)
    {
        if (_next >= to)
        {
            return null;
        }

        var begin = _next;
        _next = size.Span is { } span ? Min(Floor(begin, span) + span, to)
            : await EndAsync(begin, size.Rows ?? (long)Math.Max(1, size.Bytes!.Value / bytesOfRow), cancellationToken);
        return (begin, _next);
    }

    private async Task<DateTime> EndAsync(DateTime begin, long most, CancellationToken cancellationToken)
    {
        if (!_isCounted)
        {
            await CountAsync(begin, to, cancellationToken);
            _isCounted = true;
        }

        var (end, rows) = (begin, 0L);
        while (_spans.TryPop(out var span))
        {
            if (rows + span.Flows <= most)
            {
                (end, rows) = (span.To, rows + span.Flows);
            }
            else if (span.To - span.From > Finest)
            {
                await CountAsync(span.From, span.To, cancellationToken);
            }
            else if (rows == 0)
            {
                return span.To;
            }
            else
            {
                _spans.Push(span);
                return end;
            }
        }

        return to;
    }

    /// <summary>Puts steps of a span on top.</summary>
    private async Task CountAsync(DateTime begin, DateTime end, CancellationToken cancellationToken)
    {
        var step = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((end - begin).TotalSeconds / 100)));
        var answer = await server.GetAsync(
            $"/api/v1/flows/timeseries?{ExportWindow.Query(begin, end, filter)}&step={Step(step)}", cancellationToken);
        var counts = answer.GetProperty("data").EnumerateArray()
            .Select(point => (At: ExportWindow.Parse(point.GetProperty("time").GetString()!), Flows: point.GetProperty("flows").GetInt64())).ToArray();
        for (var index = counts.Length - 1; index >= 0; index--)
        {
            // Steps begin at whole multiples of their length, before the span too.
            _spans.Push((Max(counts[index].At, begin), index + 1 < counts.Length ? counts[index + 1].At : end, counts[index].Flows));
        }
    }

    /// <summary>A number of at most four digits and a unit, rounded up: seconds, else minutes, else hours.</summary>
    private static string Step(TimeSpan step) => step.TotalSeconds <= 9999 ? $"{Whole(step.TotalSeconds)}s"
        : step.TotalMinutes <= 9999 ? $"{Whole(step.TotalMinutes)}m" : $"{Whole(step.TotalHours)}h";

    private static string Whole(double number) => Math.Ceiling(number).ToString("0", CultureInfo.InvariantCulture);

    private static DateTime Floor(DateTime time, TimeSpan span) => new(time.Ticks - (time.Ticks % span.Ticks), DateTimeKind.Utc);

    private static DateTime Min(DateTime one, DateTime other) => one < other ? one : other;

    private static DateTime Max(DateTime one, DateTime other) => one > other ? one : other;
}
