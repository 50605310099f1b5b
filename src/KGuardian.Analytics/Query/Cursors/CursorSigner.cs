using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Query.Cursors;

/// <summary>Turns cursors into opaque texts and back. Their signature keeps clients from making or changing them.</summary>
/// <param name="key">The store's secret, so that every server reads every other's cursors.</param>
internal sealed class CursorSigner(byte[] key)
{
    // 2: the position is the flow's identity; 1 had its uuid. A tail's id has not changed, and outlives the upgrade.
    private const byte WalkVersion = 2;
    private const byte TailVersion = 1;
    private const byte EventVersion = 1;

    /// <summary>Version, three times, the two fingerprints, the order and the two ports.</summary>
    private const int WalkHeadBytes = 1 + 8 + 8 + 8 + 8 + 8 + 1 + 4 + 4;

    /// <summary>Five texts and their lengths. Ingest takes none over 1,024 bytes (EventParserOptions.MaxFieldBytes).</summary>
    private const int MostTextBytes = 5 * (2 + 1024);
    private const int TailBytes = 1 + 8 + 8 + 8 + 8;

    /// <summary>Version, direction and whether it is inclusive, time, id.</summary>
    private const int EventBytes = 1 + 1 + 8 + 8;
    private const int SignatureBytes = 16;

    /// <summary>Characters of the longest cursor. Of flows as agents send them it is about 200.</summary>
    public const int LongestText = (((WalkHeadBytes + MostTextBytes + SignatureBytes) * 4) + 2) / 3;

    /// <summary>Characters of a cursor of events.</summary>
    public const int EventText = (((EventBytes + SignatureBytes) * 4) + 2) / 3;

    // What a cursor is for goes into its signature: the store has other secrets, may have other signatures, and a page's cursor is no tail's.
    private static ReadOnlySpan<byte> WalkPurpose => "flows cursor "u8;

    private static ReadOnlySpan<byte> TailPurpose => "flows tail cursor "u8;

    /// <summary>The cursor's text.</summary>
    public string Write(FlowCursor cursor)
    {
        var flow = cursor.Position.Flow;
        Span<byte> bytes = stackalloc byte[WalkHeadBytes + MostTextBytes + SignatureBytes];
        bytes[0] = WalkVersion;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], cursor.Now.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], cursor.Issued.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[17..], cursor.Position.Micros);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[25..], cursor.Window);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[33..], cursor.Filter);
        bytes[41] = (byte)((cursor.NewestFirst ? 1 : 0) | (cursor.Position.IsInTie ? 2 : 0));
        BinaryPrimitives.WriteInt32LittleEndian(bytes[42..], flow.PodPort);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[46..], flow.TrafficInOutPort);
        var length = WalkHeadBytes;
        foreach (var hex in new[] { flow.PodIp, flow.TrafficType, flow.TrafficInOutIp, flow.IpProtocol, flow.Decision })
        {
            length += WriteText(hex, bytes[length..]);
        }

        return Seal(bytes[..(length + SignatureBytes)], WalkPurpose);
    }

    /// <summary>The cursor's text.</summary>
    public string Write(TailCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[TailBytes + SignatureBytes];
        bytes[0] = TailVersion;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], cursor.Now.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], cursor.Issued.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[17..], cursor.Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[25..], cursor.Filter);
        return Seal(bytes, TailPurpose);
    }

    /// <summary>The cursor's text.</summary>
    /// <param name="cursor">The cursor.</param>
    /// <param name="family">The routes that it is of: others do not take it.</param>
    public string Write(EventCursor cursor, string family)
    {
        Span<byte> bytes = stackalloc byte[EventBytes + SignatureBytes];
        bytes[0] = EventVersion;
        bytes[1] = (byte)(((int)cursor.Direction << 1) | (cursor.IsInclusive ? 1 : 0));
        BinaryPrimitives.WriteInt64LittleEndian(bytes[2..], cursor.Position.Micros);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[10..], cursor.Position.Id);
        return Seal(bytes, EventPurpose(family));
    }

    /// <summary>Reads a cursor of events.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="family">The routes that read it.</param>
    /// <exception cref="CursorException">It was altered, or is of others.</exception>
    public EventCursor ReadEvent(string text, string family)
    {
        var bytes = Open(text, EventPurpose(family), EventVersion, EventBytes);
        return new EventCursor(
            (EventDirection)(bytes[1] >> 1),
            new EventPosition(BinaryPrimitives.ReadInt64LittleEndian(bytes[2..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[10..])),
            (bytes[1] & 1) != 0);
    }

    /// <summary>Reads a page's cursor.</summary>
    /// <exception cref="CursorException">It was altered, or is too old.</exception>
    public FlowCursor Read(string text, DateTimeOffset now)
    {
        var bytes = Open(text, WalkPurpose, WalkVersion, now, out var began, out var issued);
        // The signature says that it was written here: lengths are right.
        var at = WalkHeadBytes;
        var (podIp, trafficType, trafficInOutIp) = (ReadText(bytes, ref at), ReadText(bytes, ref at), ReadText(bytes, ref at));
        var (ipProtocol, decision) = (ReadText(bytes, ref at), ReadText(bytes, ref at));
        return new FlowCursor(
            began,
            issued,
            new FlowKeyset(
                BinaryPrimitives.ReadInt64LittleEndian(bytes[17..]),
                new FlowIdentity(
                    podIp, BinaryPrimitives.ReadInt32LittleEndian(bytes[42..]), trafficType,
                    trafficInOutIp, BinaryPrimitives.ReadInt32LittleEndian(bytes[46..]), ipProtocol, decision),
                (bytes[41] & 2) != 0),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[25..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[33..]),
            (bytes[41] & 1) != 0);
    }

    /// <summary>Reads a tail's cursor.</summary>
    /// <exception cref="CursorException">It was altered, or is too old.</exception>
    public TailCursor ReadTail(string text, DateTimeOffset now)
    {
        var bytes = Open(text, TailPurpose, TailVersion, now, out var began, out var issued);
        return new TailCursor(began, issued, BinaryPrimitives.ReadInt64LittleEndian(bytes[17..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[25..]));
    }

    private string Seal(Span<byte> bytes, ReadOnlySpan<byte> purpose)
    {
        Sign(bytes[..^SignatureBytes], purpose, bytes[^SignatureBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    private static byte[] EventPurpose(string family) => Encoding.UTF8.GetBytes($"{family} events cursor ");

    private ReadOnlySpan<byte> Open(
        string text, ReadOnlySpan<byte> purpose, byte version, DateTimeOffset now, out DateTimeOffset began, out DateTimeOffset issued)
    {
        var bytes = Open(text, purpose, version, TailBytes);
        began = new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]), TimeSpan.Zero);
        issued = new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[9..]), TimeSpan.Zero);
        return now - issued <= FlowCursor.Lifetime ? bytes
            : throw new CursorException($"has expired: cursors can be used for {FlowCursor.Lifetime.TotalHours} hours");
    }

    private ReadOnlySpan<byte> Open(string text, ReadOnlySpan<byte> purpose, byte version, int leastBytes)
    {
        Span<byte> signature = stackalloc byte[SignatureBytes];
        var bytes = new byte[Math.Min(text.Length, LongestText)];
        // One spelling each: the text must be what Write makes, and no other that decodes to the same.
        if (text.Length > LongestText || Base64Url.DecodeFromChars(text, bytes, out _, out var length) != OperationStatus.Done
            || length < leastBytes + SignatureBytes || Base64Url.EncodeToString(bytes.AsSpan(0, length)) != text
            || !IsSigned(bytes.AsSpan(0, length), purpose, signature) || bytes[0] != version)
        {
            throw new CursorException("was altered, or is of another store or version");
        }

        return bytes.AsSpan(0, length);
    }

    private static int WriteText(string? hex, Span<byte> to)
    {
        var text = Convert.FromHexString(hex ?? "");
        BinaryPrimitives.WriteUInt16LittleEndian(to, hex is null ? ushort.MaxValue : (ushort)text.Length);
        text.CopyTo(to[2..]);
        return 2 + text.Length;
    }

    private static string? ReadText(ReadOnlySpan<byte> bytes, ref int at)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
        at += 2;
        if (length == ushort.MaxValue)
        {
            return null;
        }

        at += length;
        return Convert.ToHexString(bytes[(at - length)..at]);
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
