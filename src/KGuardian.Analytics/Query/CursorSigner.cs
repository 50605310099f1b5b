using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace KGuardian.Analytics.Query;

/// <summary>Turns cursors into opaque texts and back. Their signature keeps clients from making or changing them.</summary>
/// <param name="key">The store's secret, so that every server reads every other's cursors.</param>
public sealed class CursorSigner(byte[] key)
{
    private const byte Version = 1;
    private const int PayloadBytes = 1 + 8 + 8 + 8 + 16 + 8 + 8 + 1;
    private const int SignatureBytes = 16;

    /// <summary>The cursor's text.</summary>
    public string Write(FlowCursor cursor)
    {
        var bytes = new byte[PayloadBytes + SignatureBytes];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), cursor.Now.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), cursor.Issued.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), cursor.Position.Micros);
        cursor.Position.Uuid.TryWriteBytes(bytes.AsSpan(25));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(41), cursor.Window);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(49), cursor.Filter);
        bytes[57] = cursor.NewestFirst ? (byte)1 : (byte)0;
        Signature(bytes).CopyTo(bytes.AsSpan(PayloadBytes));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor.</summary>
    /// <exception cref="CursorException">It was altered, or is too old.</exception>
    public FlowCursor Read(string text, DateTimeOffset now)
    {
        var bytes = new byte[PayloadBytes + SignatureBytes];
        // One spelling each: the text must be what Write makes, and no other that decodes to the same.
        if (!Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var length) || length != bytes.Length
            || Base64Url.EncodeToString(bytes) != text
            || !CryptographicOperations.FixedTimeEquals(Signature(bytes), bytes.AsSpan(PayloadBytes)) || bytes[0] != Version)
            throw new CursorException("was altered, or is not one of this store's");

        var issued = new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(9)), TimeSpan.Zero);
        if (now - issued > FlowCursor.Lifetime)
            throw new CursorException($"has expired: cursors can be used for {FlowCursor.Lifetime.TotalHours} hours");
        return new FlowCursor(
            new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(1)), TimeSpan.Zero),
            issued,
            new FlowPosition(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(17)), new Guid(bytes.AsSpan(25, 16))),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(41)),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(49)),
            bytes[57] == 1);
    }

    // The purpose goes in first: the store has other secrets and may have other signatures.
    private byte[] Signature(byte[] bytes)
    {
        byte[] signed = [.. "flows cursor "u8, .. bytes.AsSpan(0, PayloadBytes)];
        return HMACSHA256.HashData(key, signed)[..SignatureBytes];
    }
}
