namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>A well-formed row that cannot be stored.</summary>
/// <param name="Reason">What is wrong.</param>
/// <param name="Field">The JSON name of the field at fault; empty when the whole row is.</param>
/// <param name="Raw">The row's JSON as it came (bytes that need not be valid UTF-8), cut after <see cref="MaxRawBytes"/>.</param>
/// <param name="RawBytes">How long the row's JSON was before the cut.</param>
internal sealed record RejectedRow(RejectReason Reason, string Field, ReadOnlyMemory<byte> Raw, long RawBytes)
{
    /// <summary>How much of a rejected row is kept: 4 KiB, ten times a real event.</summary>
    public const int MaxRawBytes = 4096;
}
