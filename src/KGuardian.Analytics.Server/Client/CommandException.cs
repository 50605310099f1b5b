namespace KGuardian.Analytics.Server.Client;

/// <summary>A command cannot do what it was asked to; the text is one line that says why.</summary>
internal sealed class CommandException(string message) : Exception(message);
