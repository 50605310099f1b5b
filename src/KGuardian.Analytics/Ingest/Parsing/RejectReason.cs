using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>Why a well-formed row cannot be stored.</summary>
public enum RejectReason
{
    /// <summary>No fault.</summary>
    None,

    /// <summary>The array's element is not an object.</summary>
    NotAnObject,

    /// <summary>uuid is missing or null.</summary>
    MissingUuid,

    /// <summary>time_stamp is missing or null.</summary>
    MissingTime,

    /// <summary>A field of the event is neither a string nor null.</summary>
    NotAString,

    /// <summary>A field's text is not valid UTF-8, or holds half of a surrogate pair.</summary>
    InvalidUtf8,

    /// <summary>A field's text is longer than <see cref="EventParserOptions.MaxFieldBytes"/>.</summary>
    TooLong,

    /// <summary>uuid does not parse, see <see cref="UuidText"/>.</summary>
    BadUuid,

    /// <summary>time_stamp does not parse, see <see cref="TimestampText"/>.</summary>
    BadTime,

    /// <summary>A port is not the text of 0 to 65535, see <see cref="PortCode"/>.</summary>
    BadPort,
}

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

    /// <summary>What would have been stored.</summary>
    public static string Allowed(this RejectReason reason) => reason switch
    {
        RejectReason.NotAnObject => "an object",
        RejectReason.MissingUuid or RejectReason.BadUuid => "a uuid: 32 hexadecimal digits, also with hyphens",
        RejectReason.MissingTime or RejectReason.BadTime =>
            "a time from 1900 to 2299, as 2026-05-12T10:32:14.123456 in UTC or with an offset; empty for unknown",
        RejectReason.NotAString => "a string or null",
        RejectReason.InvalidUtf8 => "text in UTF-8",
        RejectReason.TooLong => "1024 bytes of text",
        RejectReason.BadPort => "0 to 65535, empty or null",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}

/// <summary>A well-formed row that cannot be stored.</summary>
/// <param name="Row">Its place in the body, from 0.</param>
/// <param name="Reason">What is wrong.</param>
/// <param name="Field">The JSON name of the field at fault; empty when the whole row is.</param>
/// <param name="Raw">The row's JSON as it came (bytes that need not be valid UTF-8), cut after <see cref="MaxRawBytes"/>.</param>
/// <param name="RawBytes">How long the row's JSON was before the cut.</param>
internal sealed record RejectedRow(int Row, RejectReason Reason, string Field, ReadOnlyMemory<byte> Raw, long RawBytes)
{
    /// <summary>How much of a rejected row is kept: 4 KiB, ten times a real event.</summary>
    public const int MaxRawBytes = 4096;
}
