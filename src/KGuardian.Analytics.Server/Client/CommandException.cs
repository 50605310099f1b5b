namespace KGuardian.Analytics.Server.Client;

/// <summary>A command cannot do what it was asked to; the text is one line that says why.</summary>
/// <param name="message">Why.</param>
/// <param name="isTemporary">Whether the same may go well a while later: the server is busy, or begins.</param>
internal sealed class CommandException(string message, bool isTemporary = false) : Exception(message)
{
    /// <summary>Whether the same may go well a while later.</summary>
    public bool IsTemporary => isTemporary;
}
