using System.Text.Json;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Api.Events;

namespace KGuardian.Analytics.Server.Api.Activity;

/// <summary>Writes a flow as an event of the documented shape. What agents do not see is not there: processes, users, containers, names of DNS.</summary>
internal static class ActivityJson
{
    /// <summary>Writes an event.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="one">The event.</param>
    /// <param name="cursor">The text of the cursor to its surroundings.</param>
    /// <param name="cluster">The cluster's name; null when none is configured.</param>
    /// <param name="metrics">Names whose values it is to have; null for no such member.</param>
    public static void Write(Utf8JsonWriter json, ActivityEvent one, string cursor, string? cluster, IReadOnlyList<string>? metrics)
    {
        var (row, labels) = (one.Row, EventLabels.Of(one.Row.PodNamespace, one.Row.PodName, one.Names, cluster));
        var time = NanosecondTime.Of(row.Micros);
        json.WriteStartObject();
        json.WriteString("id"u8, new FlowEventId(time, row.FlowId).ToString());
        json.WriteString("cursor"u8, cursor);
        json.WriteString("type"u8, ActivityVocabulary.Connection);
        EventAnswers.WriteTime(json, time);
        if (one.ArrivalSecond is { } arrival)
        {
            json.WriteNumber("rxTimestamp"u8, arrival * NanosecondTime.OfSecond);
        }

        Connection.Of(
            row.Direction, new(row.PodIp, ActivityRow.Number(row.PodPort)), new(row.PeerIp, ActivityRow.Number(row.PeerPort)), row.Protocol, row.Decision)
            .Write(json);
        json.WriteNumber("count"u8, one.Observations);
        json.WriteNumber("lastTimestamp"u8, NanosecondTime.Of(one.LastMicros));
        if (one.Names.Node is { } node)
        {
            json.WriteString("hostname"u8, node);
        }

        json.WriteBoolean("traceable"u8, row.IsTraceable);
        json.WriteStartObject("labels"u8);
        foreach (var (name, value) in labels)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        if (metrics is not null)
        {
            json.WriteStartArray("metrics"u8);
            foreach (var name in metrics)
            {
                json.WriteStringValue(labels.GetValueOrDefault(name));
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
