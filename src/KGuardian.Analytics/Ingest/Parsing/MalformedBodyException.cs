namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>A body that is not the JSON it has to be; the whole request is refused.</summary>
internal sealed class MalformedBodyException : Exception
{
    /// <summary>Says what was expected where.</summary>
    public MalformedBodyException(long byteOffset, string expected, bool truncated = false)
        : base(truncated
            ? $"The body ends at byte {byteOffset}; expected {expected}."
            : $"The body is malformed at byte {byteOffset}; expected {expected}.")
    {
        ByteOffset = byteOffset;
        Expected = expected;
        Truncated = truncated;
    }

    /// <summary>Bytes from the start of the unpacked body to the fault.</summary>
    public long ByteOffset { get; }

    /// <summary>What had to stand there, in words.</summary>
    public string Expected { get; }

    /// <summary>True when all is well as far as the body goes, but it ends too early.</summary>
    public bool Truncated { get; }
}
