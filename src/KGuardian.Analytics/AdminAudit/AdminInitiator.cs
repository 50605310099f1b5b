namespace KGuardian.Analytics.AdminAudit;

/// <summary>Who acts. Never holds a token.</summary>
/// <param name="Id">For programs.</param>
/// <param name="Name">For people.</param>
internal sealed record AdminInitiator(string Id, string Name)
{
    /// <summary>The server, of its own accord.</summary>
    public static AdminInitiator Server { get; } = new("server", "KGuardian.Analytics");
}
