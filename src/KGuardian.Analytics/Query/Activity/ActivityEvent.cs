using System.Text.Json;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>A flow with what is known of it beside its row.</summary>
/// <param name="Row">The row.</param>
internal sealed record ActivityEvent(ActivityRow Row)
{
    /// <summary>When it arrived, in seconds since 1970; null when it has gone since its row was read.</summary>
    public long? ArrivalSecond { get; init; }

    /// <summary>How often it was seen.</summary>
    public ulong Observations { get; init; } = 1;

    /// <summary>When it was last seen, in microseconds since 1970.</summary>
    public long LastMicros { get; init; } = Row.Micros;

    /// <summary>What the inventory knows of the pod, as of the flow's time.</summary>
    public ActivityNames Names { get; init; } = ActivityNames.None;
}

/// <summary>What the inventory knows of a flow's pod, and of services; null for what it does not.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="WorkloadKind">Its kind.</param>
/// <param name="Node">The node.</param>
/// <param name="PeerService">The service whose address the other side has.</param>
/// <param name="Service">The first of the services that select the pod.</param>
/// <param name="Labels">The pod's labels, as JSON.</param>
internal sealed record ActivityNames(string? Workload, string? WorkloadKind, string? Node, string? PeerService, string? Service, string? Labels)
{
    // All of it in one text: each constant that a query gathers takes 20 ms to plan, whatever it holds.
    private static readonly NameSql Own = NameSql.Value(
        "names_own", NameKey.Pod,
        "toJSONString((h.workload, toString(h.workload_kind), toString(h.node), "
            + $"ifNull(arraySort({ServiceType.SelectingSql})[1], ''), toJSONString(h.labels)))",
        column => $"t.{column}");

    /// <summary>What a query that has <see cref="Columns"/> must define, see <see cref="NameSql.With"/>.</summary>
    public static readonly IReadOnlyList<NameSql> Gathered = [Own];

    /// <summary>All of it, of a row of a table that has a flow's columns, as a select list: <c>own_names</c> and <c>peer_service</c>.</summary>
    public static readonly string Columns =
        $"{Own.Expression} AS own_names, {FlowName.All.First(name => name.Name == "peer_service").Sql.Expression} AS peer_service";

    /// <summary>Reads what <see cref="Columns"/> selects.</summary>
    public static ActivityNames Read(string? ownNames, string? peerService)
    {
        var own = ownNames is null ? [] : JsonSerializer.Deserialize<string[]>(ownNames)!;
        return own is [var workload, var kind, var node, var service, var labels]
            ? new(Known(workload), Known(kind), Known(node), peerService, Known(service), labels == "{}" ? null : labels)
            : None with { PeerService = peerService };

        static string? Known(string text) => text.Length == 0 ? null : text;
    }

    /// <summary>Nothing is known.</summary>
    public static readonly ActivityNames None = new(null, null, null, null, null, null);
}
