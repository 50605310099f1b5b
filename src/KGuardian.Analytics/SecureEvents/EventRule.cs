namespace KGuardian.Analytics.SecureEvents;

/// <summary>Whether what an event tells has happened, or would under a policy that is not enforced.</summary>
internal enum EventCategory
{
    /// <summary>It has happened.</summary>
    Runtime,

    /// <summary>It would: lists leave these out unless they are asked for.</summary>
    Simulation,
}

/// <summary>Why an event is raised.</summary>
/// <param name="Name">Its name, in settings and events.</param>
/// <param name="Title">What the event is called, for people.</param>
/// <param name="Text">What it means.</param>
/// <param name="Severity">How grave it is unless set otherwise, from syslog's ladder: 0 to 3 high, 4 and 5 medium, 6 low, 7 information.</param>
/// <param name="Category">Whether it has happened.</param>
internal sealed record EventRule(string Name, string Title, string Text, int Severity, EventCategory Category)
{
    /// <summary>The mildest severity; 0 is the gravest.</summary>
    public const int MildestSeverity = 7;

    /// <summary>Each distinct flow that was dropped, once: so there are as many as flows with the decision DROP.</summary>
    public static readonly EventRule FlowDropped = new(
        "flow-dropped", "Connection dropped", "A connection of a pod was dropped: a network policy, or something else on its way, did not let it pass.", 3,
        EventCategory.Runtime);

    /// <summary>Each verdict of an audit policy that would deny.</summary>
    public static readonly EventRule PolicyWouldDeny = new(
        "policy-would-deny", "Connection would be denied", "A connection was let pass that an audit policy would deny, were it enforced.", 4,
        EventCategory.Simulation);

    /// <summary>A connection was let pass between two ends of the cluster that are not known to have had one.</summary>
    public static readonly EventRule EdgeNew = new(
        "edge-new", "New connection within the cluster",
        "Two workloads, pods, services or nodes are connected that were not before, by this server port and protocol.", 6, EventCategory.Runtime);

    /// <summary>A workload and a network outside of the cluster are connected that are not known to have been.</summary>
    public static readonly EventRule OutsideNetworkNew = new(
        "outside-network-new", "New network outside of the cluster",
        "A workload is connected with a network outside of the cluster (/24, of IPv6 /64) with which it was not before, in this direction.", 5,
        EventCategory.Runtime);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<EventRule> All = [FlowDropped, EdgeNew, OutsideNetworkNew, PolicyWouldDeny];
}
