namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>The stable names of <see cref="RejectReason"/>, for metrics and the rejected_events table.</summary>
internal static class RejectReasonNames
{
    /// <summary>The reason in snake_case; never changes once released.</summary>
    public static string Name(this RejectReason reason) => reason switch
    {
        RejectReason.NotAnObject => "not_an_object",
        RejectReason.MissingUuid => "missing_uuid",
        RejectReason.MissingTime => "missing_time",
        RejectReason.NotAString => "not_a_string",
        RejectReason.InvalidUtf8 => "invalid_utf8",
        RejectReason.TooLong => "too_long",
        RejectReason.BadUuid => "bad_uuid",
        RejectReason.BadTime => "bad_time",
        RejectReason.BadPort => "bad_port",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
