using System.Text.Json;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Server.Api.Events;

/// <summary>Writes what answers about events have in common.</summary>
internal static class EventAnswers
{
    /// <summary>Events that are written before they are sent: some 500 KB.</summary>
    private const int Flushed = 500;

    /// <summary>Answers with a page. What does not apply is not there, instead of null: clients ask whether it is.</summary>
    /// <param name="context">The request.</param>
    /// <param name="times">The times that events of the answer can have.</param>
    /// <param name="page">The page.</param>
    /// <param name="text">A cursor's text.</param>
    /// <param name="write">Writes an event, as an object.</param>
    public static async Task WritePageAsync<T>(
        HttpContext context, TimeWindow times, EventPage<T> page, Func<EventCursor, string> text, Action<Utf8JsonWriter, T> write)
    {
        FlowResponses.DescribeWhole(context.Response, times, isCut: page.Total > page.Rows.Count);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartObject("page"u8);
        if (page.Total is { } total)
        {
            json.WriteNumber("total"u8, total);
        }

        if (page.Prev is { } prev)
        {
            json.WriteString("prev"u8, text(prev));
        }

        if (page.Next is { } next)
        {
            json.WriteString("next"u8, text(next));
        }

        json.WriteEndObject();
        json.WriteStartArray("data"u8);
        foreach (var (at, row) in page.Rows.Index())
        {
            write(json, row);
            if (at % Flushed == Flushed - 1)
            {
                await json.FlushAsync(context.RequestAborted);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>A time, as a number of nanoseconds, and as text.</summary>
    public static void WriteTime(Utf8JsonWriter json, long nanoseconds)
    {
        json.WriteNumber("timestamp"u8, nanoseconds);
        json.WriteString("timestampRFC3339Nano"u8, NanosecondTime.ToText(nanoseconds));
    }
}
