namespace KGuardian.Analytics.Server.Client;

/// <summary>A verb or an option is wrong; the text is one line that names it.</summary>
internal sealed class UsageException(string message) : Exception(message);
