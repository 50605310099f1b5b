namespace KGuardian.Analytics.Server.Http.Operations;

/// <summary>How the errors of a route are written.</summary>
internal enum ErrorStyle
{
    /// <summary>RFC 9457: <c>{"title": …, "status": …, "detail": …}</c> and more; of routes that say nothing else.</summary>
    Problem,

    /// <summary><c>{"error": "…"}</c>, of flow reports.</summary>
    ErrorText,

    /// <summary><c>{"message": "…", "code": …}</c>, of events.</summary>
    MessageAndCode,
}
