using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace KGuardian.Analytics.Query;

/// <summary>Turns cursors into opaque texts and back. Their signature keeps clients from making or changing them.</summary>
/// <param name="key">The store's secret, so that every server reads every other's cursors.</param>
public sealed class CursorSigner(byte[] key)
{
    private const byte Version = 1;
    private const int WalkBytes = 1 + 8 + 8 + 8 + 16 + 8 + 8 + 1;
    private const int TailBytes = 1 + 8 + 8 + 8 + 8;
    private const int SignatureBytes = 16;

    // What a cursor is for goes into its signature: the store has other secrets, may have other signatures, and a page's cursor is no tail's.
    private static ReadOnlySpan<byte> WalkPurpose => "flows cursor "u8;

    private static ReadOnlySpan<byte> TailPurpose => "flows tail cursor "u8;

    /// <summary>The cursor's text.</summary>
    public string Write(FlowCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[WalkBytes + SignatureBytes];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], cursor.Now.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], cursor.Issued.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[17..], cursor.Position.Micros);
        cursor.Position.Uuid.TryWriteBytes(bytes[25..]);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[41..], cursor.Window);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[49..], cursor.Filter);
        bytes[57] = cursor.NewestFirst ? (byte)1 : (byte)0;
        return Seal(bytes, WalkPurpose);
    }

    /// <summary>The cursor's text.</summary>
    public string Write(TailCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[TailBytes + SignatureBytes];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], cursor.Now.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], cursor.Issued.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[17..], cursor.Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[25..], cursor.Filter);
        return Seal(bytes, TailPurpose);
    }

    /// <summary>Reads a page's cursor.</summary>
    /// <exception cref="CursorException">It was altered, or is too old.</exception>
    public FlowCursor Read(string text, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[WalkBytes + SignatureBytes];
        var (began, issued) = Open(text, bytes, WalkPurpose, now);
        return new FlowCursor(
            began,
            issued,
            new FlowPosition(BinaryPrimitives.ReadInt64LittleEndian(bytes[17..]), new Guid(bytes.Slice(25, 16))),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[41..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[49..]),
            bytes[57] == 1);
    }

    /// <summary>Reads a tail's cursor.</summary>
    /// <exception cref="CursorException">It was altered, or is too old.</exception>
    public TailCursor ReadTail(string text, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[TailBytes + SignatureBytes];
        var (began, issued) = Open(text, bytes, TailPurpose, now);
        return new TailCursor(began, issued, BinaryPrimitives.ReadInt64LittleEndian(bytes[17..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[25..]));
    }

    private string Seal(Span<byte> bytes, ReadOnlySpan<byte> purpose)
    {
        Sign(bytes[..^SignatureBytes], purpose, bytes[^SignatureBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    private (DateTimeOffset Began, DateTimeOffset Issued) Open(string text, Span<byte> bytes, ReadOnlySpan<byte> purpose, DateTimeOffset now)
    {
        Span<byte> signature = stackalloc byte[SignatureBytes];
        // One spelling each: the text must be what Write makes, and no other that decodes to the same.
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var length) != OperationStatus.Done || length != bytes.Length
            || Base64Url.EncodeToString(bytes) != text || !IsSigned(bytes, purpose, signature) || bytes[0] != Version)
            throw new CursorException("was altered, or is not one of this store's");

        var issued = new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[9..]), TimeSpan.Zero);
        if (now - issued > FlowCursor.Lifetime)
            throw new CursorException($"has expired: cursors can be used for {FlowCursor.Lifetime.TotalHours} hours");
        return (new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]), TimeSpan.Zero), issued);
    }

    private bool IsSigned(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> purpose, Span<byte> signature)
    {
        Sign(bytes[..^SignatureBytes], purpose, signature);
        return CryptographicOperations.FixedTimeEquals(signature, bytes[^SignatureBytes..]);
    }

    private void Sign(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> purpose, Span<byte> signature)
    {
        Span<byte> signed = stackalloc byte[purpose.Length + payload.Length];
        purpose.CopyTo(signed);
        payload.CopyTo(signed[purpose.Length..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signed, hash);
        hash[..SignatureBytes].CopyTo(signature);
    }
}
