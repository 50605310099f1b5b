using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using KGuardian.Analytics.Bench.Model;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>
/// A whole POST request of one agent, headers included, prepared once. Each sending patches uuids, times and flow numbers in place:
/// a few nanoseconds an event, no allocation, and the length never changes.
/// </summary>
internal sealed class PreparedBatch
{
    private const int FirstEphemeralPort = 32_768;
    private const int EphemeralPorts = 28_232;

    // Coprime to EphemeralPorts: consecutive flows get scattered ports, and none comes twice before all were used.
    private const int PortStep = 7_919;

    private readonly byte[] _request;
    private readonly Slot[] _slots;
    private readonly FlowCounter[] _counters;

    /// <param name="single">One event as an object to the single route, instead of an array to the batch route.</param>
    public PreparedBatch(Node node, FlowCounter[] counters, int events, double udpShare, string authority, bool single, ref FastRandom random)
    {
        _counters = counters;
        _slots = new Slot[events];
        var body = new StringBuilder(single ? "" : "[");
        for (var i = 0; i < events; i++)
        {
            var stem = node.Draw(ref random, udpShare);
            body.Append(i == 0 ? "" : ",");
            _slots[i] = Locate(node.Stems[stem], stem, body);
        }

        body.Append(single ? "" : "]");
        var head = string.Create(CultureInfo.InvariantCulture, $"""
            POST /pod/traffic{(single ? "" : "/batch")} HTTP/1.1
            Host: {authority}
            Content-Type: application/json
            Content-Length: {body.Length}


            """).ReplaceLineEndings("\r\n");
        _request = Encoding.ASCII.GetBytes(head + body);
        BodyStart = head.Length;
        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[i];
            _slots[i] = slot with
            {
                Uuid = slot.Uuid + BodyStart,
                Port = slot.Port + BodyStart,
                Address = slot.Address + BodyStart,
                Time = slot.Time + BodyStart,
            };
        }
    }

    public int Events => _slots.Length;

    public ReadOnlySpan<byte> Request => _request;

    public int BodyStart { get; }

    /// <summary>Makes the request a fresh one; returns how many of its flows were never sent before.</summary>
    /// <param name="newLimit">Share of new flows times 2^32. A stem without an acknowledged flow gives a new one whatever the share.</param>
    public int Patch(ref FastRandom random, ulong newLimit, EventClock clock)
    {
        ref var bytes = ref MemoryMarshal.GetArrayDataReference(_request);
        Span<byte> second = stackalloc byte[32];
        var micros = clock.Micros;
        var secondEnd = 0L;
        var added = 0;
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            ref var counter = ref _counters[slot.Stem];
            var choice = random.Next();
            uint flow;
            if ((uint)choice < newLimit || counter.Acknowledged == 0)
            {
                flow = (uint)counter.Sent++;
                added++;
            }
            else
            {
                flow = (uint)(((choice >> 32) * (ulong)counter.Acknowledged) >> 32);
            }

            WriteFlow(ref bytes, in slot, flow);
            var more = random.Next();
            DigitWriter.Uuid(ref Unsafe.Add(ref bytes, slot.Uuid), random.Next(), more);
            micros += 1 + (long)(more % EventClock.Steps);
            if (micros >= secondEnd)
            {
                secondEnd = FormatSecond(micros, second);
            }

            ref var time = ref Unsafe.Add(ref bytes, slot.Time);
            Unsafe.CopyBlockUnaligned(ref time, ref MemoryMarshal.GetReference(second), 20);
            DigitWriter.SixDigits(ref Unsafe.Add(ref time, 20), (uint)(1_000_000 - (secondEnd - micros)));
        }

        clock.Micros = micros;
        return added;
    }

    /// <summary>The server has answered: what was sent may be repeated from now on.</summary>
    public void Acknowledge()
    {
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            ref var counter = ref _counters[slot.Stem];
            counter.Acknowledged = counter.Sent;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteFlow(ref byte bytes, in Slot slot, uint flow)
    {
        ref var address = ref Unsafe.Add(ref bytes, slot.Address);
        var generation = flow / EphemeralPorts;
        var port = ((flow - generation * EphemeralPorts) * PortStep + (uint)slot.Stem) % EphemeralPorts;
        DigitWriter.FiveDigits(ref Unsafe.Add(ref bytes, slot.Port), FirstEphemeralPort + port);
        if (!slot.Udp)
        {
            DigitWriter.Octet(ref address, (generation + slot.Network) % ClusterModel.Octets);
            return;
        }

        var third = flow / ClusterModel.Octets;
        var first = third / ClusterModel.Octets;
        DigitWriter.Octet(ref address, first);
        DigitWriter.Octet(ref Unsafe.Add(ref address, 4), third - first * ClusterModel.Octets);
        DigitWriter.Octet(ref Unsafe.Add(ref address, 8), flow - third * ClusterModel.Octets);
    }

    /// <summary>Writes "2026-05-12T10:32:14." and returns the microsecond at which the next second begins.</summary>
    private static long FormatSecond(long micros, Span<byte> second)
    {
        var time = new DateTime(micros * TimeSpan.TicksPerMicrosecond);
        time.TryFormat(second, out var written, "yyyy-MM-dd'T'HH:mm:ss'.'", CultureInfo.InvariantCulture);
        return micros - micros % 1_000_000 + 1_000_000;
    }

    private static Slot Locate(FlowStem stem, int index, StringBuilder body)
    {
        var start = body.Length;
        var text = stem.ToTemplate();
        body.Append(text);
        int At(string placeholder) => start + text.IndexOf(placeholder, StringComparison.Ordinal);
        return new(index, stem.Udp, (uint)stem.Pod.Network, At(EventTemplate.Uuid), At(EventTemplate.Port), At(EventTemplate.Octet), At(EventTemplate.Time));
    }
}
