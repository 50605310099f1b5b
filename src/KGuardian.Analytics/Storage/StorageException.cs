namespace KGuardian.Analytics.Storage;

/// <summary>The tables cannot be stored as the settings say; the message names setting, value and what is possible.</summary>
internal sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);
