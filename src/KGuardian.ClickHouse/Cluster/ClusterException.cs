namespace KGuardian.ClickHouse.Cluster;

/// <summary>ClickHouse's cluster and this server's settings do not fit together; the text says why and what to do.</summary>
internal sealed class ClusterException(string message) : Exception(message);
