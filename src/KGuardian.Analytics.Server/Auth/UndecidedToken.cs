namespace KGuardian.Analytics.Server.Auth;

/// <summary>Feature of a request whose token may be right, which nobody can tell now: it is to be sent again.</summary>
/// <param name="Reason">For the answer.</param>
internal sealed record UndecidedToken(string Reason);
