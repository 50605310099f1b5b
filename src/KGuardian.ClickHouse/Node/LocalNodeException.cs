namespace KGuardian.ClickHouse.Node;

/// <summary>The local ClickHouse node could not be started. The message says why and which setting to change.</summary>
internal sealed class LocalNodeException(string message, Exception? inner = null) : Exception(message, inner);
