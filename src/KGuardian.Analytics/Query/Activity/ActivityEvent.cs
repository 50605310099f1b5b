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
    /// <summary>Services that select the pod: a query that has <see cref="Columns"/> must define it, see <see cref="NameSql.With"/>.</summary>
    public static readonly NameSql Services = NameSql.Value(
        "names_selecting", NameKey.Pod, $"ifNull(arraySort({ServiceType.SelectingSql})[1], '')", column => $"t.{column}");

    /// <summary>All of it, of a row of a table that has a flow's columns, as a select list whose names are those of the members in snake case.</summary>
    public static readonly string Columns = string.Join(
        ", ", new[] { "workload", "workload_kind", "node", "peer_service", "labels" }
            .Select(name => FlowName.All.First(known => known.Name == name)).Select(name => $"{name.Sql.Expression} AS {name.Name}")
            .Append($"{Services.Expression} AS service"));

    /// <summary>Nothing is known.</summary>
    public static readonly ActivityNames None = new(null, null, null, null, null, null);
}
