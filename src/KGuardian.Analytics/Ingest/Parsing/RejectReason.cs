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
