namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>An unpacked body over <c>Ingest:MaxBodyBytes</c>; the whole request is refused.</summary>
internal sealed class BodyTooLargeException(long maxBytes)
    : Exception($"The unpacked body is larger than {maxBytes} bytes; Ingest:MaxBodyBytes raises the limit.")
{
    /// <summary>The limit, in bytes.</summary>
    public long MaxBytes { get; } = maxBytes;
}
