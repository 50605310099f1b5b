using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Flows;

/// <summary>
/// Hashes the seven dedup columns of a flow. ClickHouse computes the same value with <see cref="SqlExpression"/>, so that an index of
/// keys can be loaded from the table without reading its texts.
/// </summary>
/// <remarks>
/// The bytes hashed: the texts of pod_ip, traffic_type, traffic_in_out_ip, ip_protocol and decision (null adds nothing), their five
/// lengths as UInt16 (65535 for null), then the codes of pod_port and traffic_in_out_port as Int32; numbers little-endian. The numbers
/// have a fixed size and come last, so different flows never have the same bytes.
/// </remarks>
/// <param name="k0">The first half of the secret.</param>
/// <param name="k1">The second half of the secret.</param>
internal sealed class FlowKeyHasher(ulong k0, ulong k1)
{
    /// <summary>
    /// The same key in ClickHouse's SQL, as FixedString(16): Lo's bytes then Hi's, both little-endian. Expects the secret as
    /// query parameters k0 and k1; text columns are Nullable(String) or LowCardinality(Nullable(String)), port columns Int32.
    /// </summary>
    public static readonly string SqlExpression = Sql();

    private const int NumberBytes = (5 * sizeof(ushort)) + (2 * sizeof(int));

    /// <summary>Room on the stack for the bytes of a flow; real ones take about 60, the largest that is accepted 5 x 1,024 + 18.</summary>
    private const int StackBytes = 512;

    /// <summary>Reads a secret as the store keeps it: 32 hexadecimal digits.</summary>
    public static bool TryParse(string secret, [NotNullWhen(true)] out FlowKeyHasher? hasher)
    {
        const NumberStyles Hex = NumberStyles.AllowHexSpecifier;
        hasher = secret.Length == 32 && ulong.TryParse(secret.AsSpan(0, 16), Hex, CultureInfo.InvariantCulture, out var k0)
            && ulong.TryParse(secret.AsSpan(16), Hex, CultureInfo.InvariantCulture, out var k1) ? new FlowKeyHasher(k0, k1) : null;
        return hasher is not null;
    }

    /// <summary>The first half of the secret, as <see cref="SqlExpression"/> wants it.</summary>
    public ulong K0 => k0;

    /// <summary>The second half of the secret.</summary>
    public ulong K1 => k1;

    private static string Sql()
    {
        string[] texts = [.. FlowTable.Key.Where(column => column.Type.IsText).Select(column => column.Name)];
        string[] parts =
        [
            .. texts.Select(text => $"ifNull({text}, '')"),
            .. texts.Select(text => $"reinterpretAsFixedString(toUInt16(ifNull(length({text}), 65535)))"),
            .. FlowTable.Key.Where(column => !column.Type.IsText).Select(column => $"reinterpretAsFixedString({column.Name})"),
        ];
        return $"sipHash128ReferenceKeyed(({{k0:UInt64}}, {{k1:UInt64}}), concat({string.Join(", ", parts)}))";
    }

    /// <summary>The key of a flow whose texts stand in <paramref name="text"/>. Allocates nothing. No text may exceed 65,534 bytes.</summary>
    [SkipLocalsInit]
    public FlowKey Hash(ReadOnlySpan<byte> text, TextRef podIp, TextRef trafficType, TextRef trafficInOutIp, TextRef ipProtocol,
        TextRef decision, int podPort, int trafficInOutPort)
    {
        var textBytes = Size(podIp) + Size(trafficType) + Size(trafficInOutIp) + Size(ipProtocol) + Size(decision);
        byte[]? rented = null;
        var buffer = textBytes <= StackBytes - NumberBytes
            ? stackalloc byte[StackBytes]
            : rented = ArrayPool<byte>.Shared.Rent(textBytes + NumberBytes);

        var end = Append(text, podIp, buffer, 0);
        end = Append(text, trafficType, buffer, end);
        end = Append(text, trafficInOutIp, buffer, end);
        end = Append(text, ipProtocol, buffer, end);
        end = Append(text, decision, buffer, end);

        // A length of -1 (null) becomes 0xFFFF by itself.
        var numbers = buffer.Slice(end, NumberBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(numbers, (ushort)podIp.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(numbers[2..], (ushort)trafficType.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(numbers[4..], (ushort)trafficInOutIp.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(numbers[6..], (ushort)ipProtocol.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(numbers[8..], (ushort)decision.Length);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[10..], podPort);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[14..], trafficInOutPort);

        var key = SipHash128.Compute(k0, k1, buffer[..(end + NumberBytes)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return key;
    }

    private static int Size(TextRef value) => Math.Max(value.Length, 0);

    private static int Append(ReadOnlySpan<byte> text, TextRef value, Span<byte> buffer, int at)
    {
        if (value.IsNull)
        {
            return at;
        }

        text.Slice(value.Offset, value.Length).CopyTo(buffer[at..]);
        return at + value.Length;
    }
}
