using System.Text.Json;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Policies.Replay;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>Writes what a replay found.</summary>
internal static class ReplayJson
{
    /// <summary>Members of an edge.</summary>
    public static void WriteEdge(Utf8JsonWriter json, ReplayKey key, EdgeTally tally)
    {
        WriteEnds(json, key.Client, key.Server, key.Protocol, key.ServerPort);
        json.WriteString("decision", key.Decision);
        if (key.Before is { } before)
        {
            json.WriteString("before", Word(before.IsAllowed));
        }

        json.WriteString("verdict", Word(key.After.IsAllowed));
        if (key.After.IsAllowed == Truth.No)
        {
            json.WriteStartArray("blocked_by");
            WriteBlocked(json, "ingress", key.After.Ingress);
            WriteBlocked(json, "egress", key.After.Egress);
            json.WriteEndArray();
        }

        WriteTally(json, tally);
    }

    /// <summary>Members of a rule that nothing used.</summary>
    public static void WriteRule(Utf8JsonWriter json, KGuardian.Analytics.Policies.Model.NetworkPolicy policy, bool isIngress, int rule, bool isPerhapsUsed)
    {
        json.WriteString("policy", $"{policy.Namespace}/{policy.Name}");
        json.WriteString("field", $"spec.{(isIngress ? "ingress" : "egress")}[{rule}]");
        json.WriteBoolean("perhaps_used", isPerhapsUsed);
    }

    /// <summary>Members of the totals.</summary>
    public static void WriteTotals(Utf8JsonWriter json, PolicyReplay replay, bool isComparison, bool isCut, string? note)
    {
        json.WriteNumber("flows", replay.Totals.Flows);
        json.WriteNumber("edges", replay.Totals.Edges);
        WriteVerdicts(json, "let_through", replay.Totals.Let);
        WriteVerdicts(json, "dropped", replay.Totals.Dropped);
        if (isComparison)
        {
            json.WriteNumber("newly_blocked", replay.NewlyBlocked);
            json.WriteNumber("newly_allowed", replay.NewlyAllowed);
        }

        json.WriteNumber("flows_not_shown", replay.FlowsNotShown);
        json.WriteBoolean("cut", isCut);
        if (note is not null)
        {
            json.WriteString("note", note);
        }
    }

    /// <summary>Members of an edge's ends.</summary>
    public static void WriteEnds(Utf8JsonWriter json, EdgeOwner client, EdgeOwner server, string protocol, int? port)
    {
        WriteOwner(json, "client", client);
        WriteOwner(json, "server", server);
        json.WriteString("protocol", protocol);
        if (port is { } number)
        {
            json.WriteNumber("server_port", number);
        }
        else
        {
            json.WriteNull("server_port");
        }
    }

    /// <summary>Members of what was seen.</summary>
    public static void WriteTally(Utf8JsonWriter json, EdgeTally tally)
    {
        json.WriteNumber("flows", tally.Flows);
        json.WriteNumber("observations", tally.Observations);
        json.WriteString("first_seen", Time(tally.FirstSeen));
        json.WriteString("last_seen", Time(tally.LastSeen));
        json.WriteStartArray("examples");
        foreach (var example in tally.Examples)
        {
            json.WriteStringValue(example);
        }

        json.WriteEndArray();
    }

    /// <summary>A time of microseconds since 1970.</summary>
    public static string Time(long micros) => FilterTime.ToText(DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond));

    private static void WriteOwner(Utf8JsonWriter json, string name, EdgeOwner owner)
    {
        json.WriteStartObject(name);
        json.WriteString("kind", owner.Kind);
        json.WriteString("namespace", owner.Namespace);
        json.WriteString("name", owner.Name);
        json.WriteEndObject();
    }

    private static void WriteBlocked(Utf8JsonWriter json, string direction, string policies)
    {
        if (policies.Length == 0)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteString("direction", direction);
        json.WriteStartArray("policies");
        foreach (var policy in policies.Split(' '))
        {
            json.WriteStringValue(policy);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteVerdicts(Utf8JsonWriter json, string name, Func<Truth, long> flows)
    {
        json.WriteStartObject(name);
        foreach (var verdict in new[] { Truth.Yes, Truth.No, Truth.Unknown })
        {
            json.WriteNumber(Word(verdict), flows(verdict));
        }

        json.WriteEndObject();
    }

    private static string Word(Truth verdict) => verdict switch { Truth.Yes => "allowed", Truth.No => "blocked", _ => "unknown" };
}
