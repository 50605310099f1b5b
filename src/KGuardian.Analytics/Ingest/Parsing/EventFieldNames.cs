using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>The JSON names of <see cref="EventField"/>, and how they are told apart.</summary>
internal static class EventFieldNames
{
    /// <summary>What <see cref="Find"/> answers for a name that is no field of an event.</summary>
    public const EventField Unknown = (EventField)(-1);

    /// <summary>How many fields an event has.</summary>
    public const int Count = 11;

    private static readonly string[] Names =
    [
        "pod_name", "pod_namespace", "pod_ip", "ip_protocol", "traffic_type", "traffic_in_out_ip", "decision", "uuid", "time_stamp",
        "pod_port", "traffic_in_out_port",
    ];

    // A name and its closing quote as they stand in a body, and which bytes of the 32 read there belong to them.
    private static readonly Vector256<byte>[] Quoted = [.. Names.Select(name => Pad(Encoding.UTF8.GetBytes(name + '"')))];
    private static readonly Vector256<byte>[] Mask = [.. Names.Select(name => Pad(Enumerable.Repeat((byte)0xFF, name.Length + 1)))];

    /// <summary>The name of <paramref name="field"/> in JSON and in the table.</summary>
    public static string Of(EventField field) => Names[(int)field];

    /// <summary>
    /// If the 32 bytes of <paramref name="window"/> start with the name of <paramref name="field"/> and a quote, their length; else 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int QuotedLength(EventField field, Vector256<byte> window)
    {
        var expected = Quoted[(int)field];
        return (window & Mask[(int)field]) == expected ? Names[(int)field].Length + 1 : 0;
    }

    /// <summary>The field called <paramref name="name"/> (unescaped), or <see cref="Unknown"/>.</summary>
    public static EventField Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("uuid"u8) => EventField.Uuid,
        6 when name.SequenceEqual("pod_ip"u8) => EventField.PodIp,
        8 when name.SequenceEqual("pod_name"u8) => EventField.PodName,
        8 when name.SequenceEqual("pod_port"u8) => EventField.PodPort,
        8 when name.SequenceEqual("decision"u8) => EventField.Decision,
        10 when name.SequenceEqual("time_stamp"u8) => EventField.TimeStamp,
        11 when name.SequenceEqual("ip_protocol"u8) => EventField.IpProtocol,
        12 when name.SequenceEqual("traffic_type"u8) => EventField.TrafficType,
        13 when name.SequenceEqual("pod_namespace"u8) => EventField.PodNamespace,
        17 when name.SequenceEqual("traffic_in_out_ip"u8) => EventField.TrafficInOutIp,
        19 when name.SequenceEqual("traffic_in_out_port"u8) => EventField.TrafficInOutPort,
        _ => Unknown,
    };

    /// <summary>The field called <paramref name="raw"/>, which may have (well-formed) escapes, or <see cref="Unknown"/>.</summary>
    public static EventField FindRaw(ReadOnlySpan<byte> raw)
    {
        if (raw.IndexOf((byte)'\\') < 0)
        {
            return Find(raw);
        }

        // Six bytes a character at most, and the longest name has 19.
        Span<byte> name = stackalloc byte[6 * 19];
        return raw.Length <= name.Length && JsonText.TryDecode(raw, name, out var length) ? Find(name[..length]) : Unknown;
    }

    private static Vector256<byte> Pad(IEnumerable<byte> bytes)
    {
        var padded = new byte[Vector256<byte>.Count];
        bytes.ToArray().CopyTo(padded, 0);
        return Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(padded));
    }
}
