using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Writes the native routes' answers: an envelope whose rows are ClickHouse's own, and headers that say what it cost and covers.</summary>
internal static class FlowResponses
{
    public const string RowsRead = "X-Rows-Read";
    public const string BytesRead = "X-Bytes-Read";
    public const string RowsToRead = "X-Rows-To-Read";
    public const string WindowFrom = "X-Window-From";
    public const string WindowTo = "X-Window-To";
    public const string ResultCut = "X-Result-Cut";

    /// <summary>Headers of every answer.</summary>
    public static void Describe(HttpResponse response, TimeWindow window, bool isCut)
    {
        response.Headers[WindowFrom] = FilterTime.ToText(window.From);
        response.Headers[WindowTo] = FilterTime.ToText(window.To);
        response.Headers[ResultCut] = isCut ? "true" : "false";
    }

    /// <summary>Headers of an answer that is made of all that it reads: call it behind the last query.</summary>
    public static void DescribeWhole(HttpResponse response, TimeWindow window, bool isCut)
    {
        Describe(response, window, isCut);
        DescribeRead(response, QueryCost.Current?.Total ?? default);
    }

    /// <summary>What was read for an answer.</summary>
    public static void DescribeRead(HttpResponse response, ClickHouseSummary read)
    {
        response.Headers[RowsRead] = read.ReadRows.ToString(CultureInfo.InvariantCulture);
        response.Headers[BytesRead] = read.ReadBytes.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The header of a stream: what there is to read, by the index. What was read is not known before the end.</summary>
    public static void DescribeCost(HttpResponse response, CountEstimate toRead) =>
        response.Headers[RowsToRead] = toRead.AtMost.ToString(CultureInfo.InvariantCulture);

    /// <summary>The envelope of rows; <paramref name="write"/> adds a route's own members.</summary>
    public static Task WriteAsync(HttpContext context, JsonRows rows, TimeWindow window, bool isCut, Action<Utf8JsonWriter>? write = null) =>
        WriteAsync(context, rows.Summary, window, isCut, json =>
        {
            byte[] data = [.. "["u8, .. rows.Bytes, .. "]"u8];
            json.WritePropertyName("data");
            json.WriteRawValue(data, skipInputValidation: true);
            write?.Invoke(json);
        });

    /// <summary>An envelope of what several queries brought, all of which have ended.</summary>
    public static Task WriteAsync(HttpContext context, TimeWindow window, bool isCut, Action<Utf8JsonWriter> write) =>
        WriteAsync(context, QueryCost.Current?.Total ?? default, window, isCut, write);

    /// <summary>An envelope with the members that <paramref name="write"/> writes.</summary>
    public static async Task WriteAsync(HttpContext context, ClickHouseSummary summary, TimeWindow window, bool isCut, Action<Utf8JsonWriter> write)
    {
        var response = context.Response;
        Describe(response, window, isCut);
        DescribeRead(response, summary);
        response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        write(json);
        json.WriteStartObject("window");
        json.WriteString("from", FilterTime.ToText(window.From));
        json.WriteString("to", FilterTime.ToText(window.To));
        json.WriteEndObject();
        json.WriteBoolean("cut", isCut);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
        // A body that is also kept is not sent by itself at the end.
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
