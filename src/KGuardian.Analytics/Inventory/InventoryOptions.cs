namespace KGuardian.Analytics.Inventory;

/// <summary>Settings <c>Inventory:*</c>: what is known of pods and services.</summary>
internal sealed record InventoryOptions
{
    /// <summary>
    /// Memory that pods may take, in bytes, and as much again that services may. Beyond it the pods that died first are forgotten, in memory alone;
    /// when those alive need more, new ones are refused with 503. Default 512 MiB: 200,000 pods of 2.5 KB.
    /// </summary>
    public long MaxBytes { get; init; } = 512L << 20;

    /// <summary>How often what other servers wrote is looked for, where there are others: how old an answer may be. Default 1 s.</summary>
    public TimeSpan FollowInterval { get; init; } = TimeSpan.FromSeconds(1);
}
