using System.Text.Json;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Topology;

/// <summary>Writes what answers of the topology have in common.</summary>
internal sealed class TopologyAnswers(TopologyOptions options)
{
    /// <summary>Answers 200 with what <paramref name="write"/> writes.</summary>
    public static async Task WriteAsync(HttpContext context, TimeWindow window, bool isCut, Action<Utf8JsonWriter> write)
    {
        FlowResponses.DescribeWhole(context.Response, window, isCut);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        write(json);
        await json.FlushAsync(context.RequestAborted);
        // A body that is also kept is not sent by itself at the end.
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>The selector of an owner.</summary>
    public void WriteOwner(Utf8JsonWriter json, TopologyEnd owner, IEnumerable<string> labels)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, owner.Name);
        json.WriteString("kind"u8, owner.Kind);
        json.WriteString("cluster"u8, options.Cluster);
        json.WriteString("namespace"u8, owner.Namespace);
        WriteTexts(json, "labels", labels);
        WriteTexts(json, "excludedLabels", []);
        json.WriteNull("podControllerLabels"u8);
        json.WriteEndObject();
    }

    /// <summary>The selector of a namespace.</summary>
    public void WriteNamespace(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, name);
        json.WriteString("kind"u8, "Namespace"u8);
        json.WriteString("cluster"u8, options.Cluster);
        WriteTexts(json, "labels", []);
        WriteTexts(json, "excludedLabels", []);
        json.WriteEndObject();
    }

    /// <summary>A node of a graph.</summary>
    public void WriteNode(Utf8JsonWriter json, TopologyEnd node, IEnumerable<string> labels)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, node.Id);
        json.WriteString("kind"u8, node.Kind);
        json.WriteString("name"u8, node.Name);
        json.WriteString("namespace"u8, node.Namespace);
        json.WriteString("cluster"u8, options.Cluster);
        WriteTexts(json, "labels", labels);
        json.WriteEndObject();
    }

    /// <summary>What is counted of an edge.</summary>
    public static void WriteCounts(Utf8JsonWriter json, TopologyEdge edge)
    {
        json.WriteNumber("connections"u8, edge.Connections!.Value);
        json.WriteNumber("flows"u8, edge.Flows);
        json.WriteNumber("observations"u8, edge.Observations!.Value);
        json.WriteNumber("dropped"u8, edge.Dropped);
        json.WriteString("firstSeen"u8, Time(edge.FirstSeen));
        json.WriteString("lastSeen"u8, Time(edge.LastSeen));
        WriteTexts(json, "reportedBy", edge.ReportedBy);
    }

    /// <summary>What policies would have made of an edge: it is blocked when every flow of it is.</summary>
    public static void WriteBlocking(Utf8JsonWriter json, TopologyEdge edge)
    {
        var isBlocked = edge.BlockedFlows == edge.Flows;
        json.WriteBoolean("blocked"u8, isBlocked);
        if (isBlocked)
        {
            WriteTexts(json, "blockedBy", new[] { (Blocking.Ingress, "ingress"), (Blocking.Egress, "egress") }
                .Where(side => edge.Blocking.HasFlag(side.Item1)).Select(side => side.Item2));
        }

        json.WriteNumber("blockedFlows"u8, edge.BlockedFlows);
    }

    /// <summary>The port of an edge's server, or null.</summary>
    public static void WritePort(Utf8JsonWriter json, string name, TopologyEdge edge)
    {
        if (edge.Port is { } port)
        {
            json.WriteNumber(name, port);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>Microseconds since 1970 as a time.</summary>
    public static string Time(long micros) => FilterTime.ToText(DateTimeOffset.UnixEpoch.AddMicroseconds(micros));

    /// <summary>A member that is a list of texts.</summary>
    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
