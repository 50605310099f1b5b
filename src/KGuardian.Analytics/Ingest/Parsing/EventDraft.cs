using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>The row being parsed. Of a field that comes twice the last counts, its faults included.</summary>
internal struct EventDraft
{
    public UInt128 Uuid;
    public long TimeMicros;
    public int PodPort;
    public int TrafficInOutPort;
    public FieldTexts Texts;

    private uint _present;
    private uint _faulty;
    private FieldReasons _reasons;

    /// <summary>Begins a row: every field is missing.</summary>
    public void Reset()
    {
        _present = 0;
        _faulty = 0;
        PodPort = PortCode.Null;
        TrafficInOutPort = PortCode.Null;
        ((Span<TextRef>)Texts).Fill(TextRef.Null);
    }

    /// <summary>Notes that <paramref name="field"/> has a good value, which is not null.</summary>
    public void Accept(EventField field)
    {
        _present |= 1u << (int)field;
        _faulty &= ~(1u << (int)field);
    }

    /// <summary>Notes that <paramref name="field"/> is null.</summary>
    public void AcceptNull(EventField field)
    {
        _present &= ~(1u << (int)field);
        _faulty &= ~(1u << (int)field);
        if (field <= EventField.Decision)
        {
            Texts[(int)field] = TextRef.Null;
        }
        else if (field == EventField.PodPort)
        {
            PodPort = PortCode.Null;
        }
        else if (field == EventField.TrafficInOutPort)
        {
            TrafficInOutPort = PortCode.Null;
        }
    }

    /// <summary>Notes that <paramref name="field"/> cannot be stored.</summary>
    public void Fault(EventField field, RejectReason reason)
    {
        _present |= 1u << (int)field;
        _faulty |= 1u << (int)field;
        _reasons[(int)field] = reason;
    }

    /// <summary>True when the row can be stored.</summary>
    public readonly bool IsGood => _faulty == 0 && (_present & Required) == Required;

    /// <summary>The first fault: uuid's, time_stamp's, then in the order of <see cref="EventField"/>.</summary>
    public readonly (RejectReason Reason, EventField Field) FirstFault()
    {
        if (!Has(_present, EventField.Uuid))
        {
            return (RejectReason.MissingUuid, EventField.Uuid);
        }

        if (Has(_faulty, EventField.Uuid))
        {
            return (_reasons[(int)EventField.Uuid], EventField.Uuid);
        }

        if (!Has(_present, EventField.TimeStamp))
        {
            return (RejectReason.MissingTime, EventField.TimeStamp);
        }

        if (Has(_faulty, EventField.TimeStamp))
        {
            return (_reasons[(int)EventField.TimeStamp], EventField.TimeStamp);
        }

        var first = System.Numerics.BitOperations.TrailingZeroCount(_faulty);
        return (_reasons[first], (EventField)first);
    }

    private const uint Required = (1u << (int)EventField.Uuid) | (1u << (int)EventField.TimeStamp);

    private static bool Has(uint set, EventField field) => (set & (1u << (int)field)) != 0;

    /// <summary>The text columns' values.</summary>
    [InlineArray(EventBatch.TextColumns)]
    internal struct FieldTexts
    {
        private TextRef _first;
    }

    [InlineArray(EventFieldNames.Count)]
    private struct FieldReasons
    {
        private RejectReason _first;
    }
}
