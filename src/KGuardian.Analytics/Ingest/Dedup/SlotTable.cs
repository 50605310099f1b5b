using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// Slots in memory of their own, which <see cref="Dispose"/> gives back at once: of tables that grow the collector would keep as much again in
/// garbage. Not safe beside it.
/// </summary>
internal sealed unsafe class SlotTable : IDisposable
{
    /// <summary>Bytes of a slot.</summary>
    public const int SlotBytes = 16;

    private FlowKey* _slots;

    /// <summary>Empty slots.</summary>
    public SlotTable(int length)
    {
        Length = length;
        _slots = (FlowKey*)PageMemory.Allocate((long)length * SlotBytes);
    }

    ~SlotTable() => Free();

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>A slot; nobody checks that there is one.</summary>
    public ref FlowKey this[int at]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _slots[at];
    }

    /// <summary>All of them.</summary>
    public Span<FlowKey> AsSpan() => new(_slots, Length);

    /// <summary>Makes them more or fewer: the first ones stay as they are, and others are empty.</summary>
    public void Resize(int length)
    {
        if (length == Length)
        {
            return;
        }

        _slots = (FlowKey*)PageMemory.Resize(_slots, (long)Length * SlotBytes, (long)length * SlotBytes);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        PageMemory.Free(_slots, (long)Length * SlotBytes);
        _slots = null;
    }
}
