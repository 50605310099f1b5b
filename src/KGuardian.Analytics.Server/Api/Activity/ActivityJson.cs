using System.Text.Json;
using KGuardian.Analytics.Flows;
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

        if (row.Direction?.ToUpperInvariant() is "INGRESS" or "EGRESS")
        {
            json.WriteString("direction"u8, row.Direction.StartsWith("i", StringComparison.OrdinalIgnoreCase) ? "in"u8 : "out"u8);
        }

        WriteEnds(json, row);
        if (IpProtocols.TryNumber(row.Protocol, out var number))
        {
            json.WriteNumber("l4protocol"u8, number);
            json.WriteString("protocol"u8, IpProtocols.Name(number));
        }
        else if (!string.IsNullOrEmpty(row.Protocol))
        {
            json.WriteString("protocol"u8, row.Protocol);
        }

        WriteKnown(json, "decision", row.Decision);
        json.WriteNumber("count"u8, one.Observations);
        json.WriteNumber("lastTimestamp"u8, NanosecondTime.Of(one.LastMicros));
        WriteKnown(json, "hostname", one.Names.Node);
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

    private static void WriteEnds(Utf8JsonWriter json, ActivityRow row)
    {
        var (podPort, peerPort) = (ActivityRow.Number(row.PodPort), ActivityRow.Number(row.PeerPort));
        if (FlowRoles.IsPodClient(podPort, peerPort, row.Direction) is not { } isPodClient)
        {
            return;
        }

        WriteEnd(json, "client", isPodClient ? row.PodIp : row.PeerIp, isPodClient ? podPort : peerPort);
        WriteEnd(json, "server", isPodClient ? row.PeerIp : row.PodIp, isPodClient ? peerPort : podPort);
    }

    private static void WriteEnd(Utf8JsonWriter json, string role, string? address, int? port)
    {
        if (address is not null && IpPrefix.TryParse(address, out var parsed) && parsed is { IsAddress: true, IsIPv4: true })
        {
            json.WriteString($"{role}Ipv4", parsed.ToString());
        }

        WriteKnown(json, $"{role}Ip", address);
        if (port is { } number)
        {
            json.WriteNumber($"{role}Port", number);
        }
    }

    private static void WriteKnown(Utf8JsonWriter json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            json.WriteString(name, text);
        }
    }
}
