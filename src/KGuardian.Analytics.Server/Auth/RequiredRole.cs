namespace KGuardian.Analytics.Server.Auth;

/// <summary>Endpoint metadata: the role that a route needs.</summary>
internal sealed record RequiredRole(TokenRole Role);
