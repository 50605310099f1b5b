using KGuardian.Analytics.Inventory.States;

namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>What a pod is from a moment on, as agents said it.</summary>
internal sealed record PodState : IState
{
    /// <summary>An object, its arrays, and its places in the directory's indexes.</summary>
    private const int BytesBesideTexts = 500;

    /// <summary>Its namespace; "" for none.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its address; "" before it has one.</summary>
    public string Ip { get; init; } = "";

    /// <summary>The node that it is on.</summary>
    public string Node { get; init; } = "";

    /// <summary>Whether it has ended.</summary>
    public bool IsDead { get; init; }

    /// <summary>What the agent says, in microseconds since 1970.</summary>
    public long TimeMicros { get; init; }

    /// <summary>What the agent identified it as; null for nothing.</summary>
    public string? Identity { get; init; }

    /// <summary>Whether it has its node's addresses, where the agent says so; the manifest may say it, too.</summary>
    public bool? HostNetwork { get; init; }

    /// <summary>The manifest as JSON, without what nobody reads; null for none.</summary>
    public byte[]? Manifest { get; init; }

    /// <summary>The labels that select its workload's pods, as JSON; null for none.</summary>
    public byte[]? SelectorLabels { get; init; }

    /// <inheritdoc/>
    public long Sequence { get; init; }

    /// <summary>When it was written down, in microseconds since 1970.</summary>
    public long RecordedMicros { get; init; }

    /// <inheritdoc/>
    public string Subject => Name;

    /// <inheritdoc/>
    public int Bytes =>
        BytesBesideTexts + (2 * (Namespace.Length + Name.Length + Ip.Length + Node.Length + (Identity?.Length ?? 0)))
            + (Manifest?.Length ?? 0) + (SelectorLabels?.Length ?? 0);

    /// <summary>
    /// From when on it is so, in microseconds since 1970: when the agent says that it began, never later than <see cref="RecordedMicros"/>.
    /// </summary>
    public long SinceMicros { get; init; }

    /// <summary>Whether clients would read the same of both, but for the time.</summary>
    public bool SaysTheSameAs(PodState other) =>
        Namespace == other.Namespace && Name == other.Name && Ip == other.Ip && Node == other.Node && IsDead == other.IsDead
        && Identity == other.Identity
        && HostNetwork == other.HostNetwork && Manifest.AsSpan().SequenceEqual(other.Manifest)
        && SelectorLabels.AsSpan().SequenceEqual(other.SelectorLabels);
}
