namespace KGuardian.Analytics.Server.Http.Operations;

/// <summary>How the errors of a family are written; the schema of one is called as its style.</summary>
internal enum ErrorStyle
{
    /// <summary>RFC 9457: <c>{"title": …, "status": …, "detail": …}</c> and more; also of what is no route.</summary>
    Problem,

    /// <summary><c>{"error": "…"}</c>, of flow reports.</summary>
    ErrorText,

    /// <summary><c>{"message": "…", "code": …}</c>, of events.</summary>
    MessageAndCode,

    /// <summary>A sentence as plain text, of audit verdicts.</summary>
    Sentence,

    /// <summary>
    /// <c>{"timestamp": ms, "status": …, "error": "…", "message": "…", "path": "…"}</c>, of topology, network security, events and forwarding; also of what
    /// is no route below the families that have a prefix.
    /// </summary>
    StatusMessage,

    /// <summary>
    /// <c>{"error": {"code": "…", "message": "…"}}</c>, of audits: the code is a gRPC status in small letters. Also of what is no route below them.
    /// </summary>
    ErrorCode,
}
