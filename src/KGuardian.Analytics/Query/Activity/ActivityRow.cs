namespace KGuardian.Analytics.Query.Activity;

/// <summary>A flow as the store has it, in the order of events.</summary>
internal sealed record ActivityRow
{
    /// <summary>When it was first seen, in microseconds since 1970.</summary>
    public long Micros { get; init; }

    /// <summary>The id by which traffic_activity knows it.</summary>
    public ulong FlowId { get; init; }

    /// <summary>When it arrived.</summary>
    public DateOnly ArrivalDay { get; init; }

    /// <summary>The pod that reported.</summary>
    public string? PodName { get; init; }

    /// <summary>Its namespace.</summary>
    public string? PodNamespace { get; init; }

    /// <summary>Its address.</summary>
    public string? PodIp { get; init; }

    /// <summary>Its port, as it is stored.</summary>
    public int PodPort { get; init; }

    /// <summary>The other side's address.</summary>
    public string? PeerIp { get; init; }

    /// <summary>Its port, as it is stored.</summary>
    public int PeerPort { get; init; }

    /// <summary>The protocol, as reported.</summary>
    public string? Protocol { get; init; }

    /// <summary>The direction, as reported.</summary>
    public string? Direction { get; init; }

    /// <summary>The decision, as reported.</summary>
    public string? Decision { get; init; }

    /// <summary>Whether what belongs to it can be told from what else there is: its pod has a name, and it was not dropped.</summary>
    public bool IsTraceable => !string.IsNullOrEmpty(PodName) && !string.Equals(Decision, "DROP", StringComparison.OrdinalIgnoreCase);

    /// <summary>A port's number; null where there is none: no text, or 0.</summary>
    public static int? Number(int stored) => stored >= 0 && stored % 65_536 > 0 ? stored % 65_536 : null;
}
