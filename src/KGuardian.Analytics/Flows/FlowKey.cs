namespace KGuardian.Analytics.Flows;

/// <summary>
/// The 128-bit keyed hash of a flow's seven dedup columns. Two flows are the same flow when their keys are equal: with a secret key
/// nobody can construct two flows that share one, and by chance it takes 2^64 flows.
/// </summary>
/// <param name="Lo">The first eight bytes of the hash, little-endian.</param>
/// <param name="Hi">The last eight bytes of the hash, little-endian.</param>
internal readonly record struct FlowKey(ulong Lo, ulong Hi)
{
    /// <summary>The sixteen bytes in ClickHouse's order, as upper-case hex: what <c>hex(key)</c> writes there.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, Lo);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Hi);
        return Convert.ToHexString(bytes);
    }
}
