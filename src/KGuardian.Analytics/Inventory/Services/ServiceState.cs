using KGuardian.Analytics.Inventory.States;

namespace KGuardian.Analytics.Inventory.Services;

/// <summary>What a service's address is from a moment on, as agents said it.</summary>
internal sealed record ServiceState : IState
{
    private const int BytesBesideTexts = 350;

    /// <summary>The address, by which services are known.</summary>
    public string Ip { get; init; } = "";

    /// <summary>The service's name; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Its namespace; null for none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Its manifest as JSON, without what nobody reads; null for none.</summary>
    public byte[]? Manifest { get; init; }

    /// <summary>What the agent says, in microseconds since 1970.</summary>
    public long TimeMicros { get; init; }

    /// <inheritdoc/>
    public long Sequence { get; init; }

    /// <summary>When it was written down, in microseconds since 1970.</summary>
    public long RecordedMicros { get; init; }

    /// <inheritdoc/>
    public string Subject => Ip;

    /// <inheritdoc/>
    public int Bytes => BytesBesideTexts + (2 * (Ip.Length + (Name?.Length ?? 0) + (Namespace?.Length ?? 0))) + (Manifest?.Length ?? 0);

    /// <summary>Whether clients would read the same of both, but for the time.</summary>
    public bool SaysTheSameAs(ServiceState other) =>
        Ip == other.Ip && Name == other.Name && Namespace == other.Namespace && Manifest.AsSpan().SequenceEqual(other.Manifest);
}
