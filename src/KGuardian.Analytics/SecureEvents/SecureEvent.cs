using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Cursors;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>An event as it is read, with the names of its ends as of its time; null is what is not known.</summary>
internal record SecureEvent
{
    /// <summary>When it happened, in microseconds since 1970.</summary>
    public required long Micros { get; init; }

    /// <summary>Tells it from others of that time.</summary>
    public required ulong Hash { get; init; }

    /// <summary>Its place in the order in which events were raised.</summary>
    public required long Sequence { get; init; }

    /// <summary>The rule's name.</summary>
    public required string Rule { get; init; }

    /// <summary>0 (the gravest) to 7.</summary>
    public required int Severity { get; init; }

    /// <summary>The broker's columns, as its routes show them.</summary>
    public string? Uuid { get; init; }

    public string? PodName { get; init; }

    public string? PodNamespace { get; init; }

    public string? PodIp { get; init; }

    public string? PodPort { get; init; }

    public string? IpProtocol { get; init; }

    public string? TrafficType { get; init; }

    public string? TrafficInOutIp { get; init; }

    public string? TrafficInOutPort { get; init; }

    public string? Decision { get; init; }

    public required string TimeStamp { get; init; }

    /// <summary>The other end's namespace and pod, the policy and why: of verdicts.</summary>
    public required string PeerNamespace { get; init; }

    public required string PeerName { get; init; }

    public required string PolicyUid { get; init; }

    public required string PolicyNamespace { get; init; }

    public required string PolicyName { get; init; }

    public required string Reason { get; init; }

    /// <summary>What the inventory knows of the pod as of that time.</summary>
    public ActivityNames Names { get; init; } = ActivityNames.None;

    /// <summary>Where it is in the order of events.</summary>
    public EventPosition Position => new(Micros, Hash);

    /// <summary>Its id.</summary>
    public FlowEventId Id => new(Query.Windows.NanosecondTime.Of(Micros), Hash);

    /// <summary>Whether the pod is the client; null where nothing tells.</summary>
    public bool? IsPodClient => FlowRoles.IsPodClient(PortOf(PodPort), PortOf(TrafficInOutPort), TrafficType);

    /// <summary>A port's number; null for none, and for 0, by which agents say that they do not know it.</summary>
    public static int? PortOf(string? text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) && port > 0 ? port : null;
}
