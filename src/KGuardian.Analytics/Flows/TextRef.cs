
namespace KGuardian.Analytics.Flows;

/// <summary>Where a text value stands in a batch, or that it is null.</summary>
/// <param name="Offset">Its first byte's index; 0 when null.</param>
/// <param name="Length">Its UTF-8 bytes; -1 when null.</param>
internal readonly record struct TextRef(int Offset, int Length)
{
    /// <summary>The null value, which is not the empty text.</summary>
    public static TextRef Null => new(0, -1);

    /// <summary>True when the value is null (or was missing).</summary>
    public bool IsNull => Length < 0;

    /// <summary>The value's bytes in <paramref name="text"/>; empty when null.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => IsNull ? default : text.Slice(Offset, Length);
}
