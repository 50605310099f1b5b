namespace KGuardian.ClickHouse.Cluster;

/// <summary>The store cannot be asked yet, or not now: nothing was sent to ClickHouse, and the same may work soon. The text says what is waited for.</summary>
internal sealed class StoreNotReadyException(string reason) : Exception(reason);
