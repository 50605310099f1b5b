using System.Buffers;
using Apache.Arrow.Memory;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>
/// The memory that Arrow's messages are read and unpacked into. It is bounded, so that no claimed length is believed, and is managed memory that stays when its
/// owner is disposed: batches share dictionaries, and no fault of a reader can reach memory that is another's.
/// </summary>
/// <param name="mostBytes">All that may be taken.</param>
/// <param name="tooLarge">What is thrown when that is not enough.</param>
/// <param name="taken">Told how many bytes more are held; may refuse by throwing.</param>
/// <param name="isPooled">Whether memory goes back to the pool with <see cref="Dispose"/>; else it is the garbage collector's.</param>
internal sealed class ArrowMemory(long mostBytes, Func<Exception> tooLarge, Action<long>? taken = null, bool isPooled = false) : MemoryAllocator, IDisposable
{
    private readonly List<byte[]> _rented = [];
    private long _spent;

    /// <summary>What was thrown when memory was refused: no fault of what is read.</summary>
    public Exception? Refusal { get; private set; }

    /// <summary>Takes bytes of the bound that are not allocated here.</summary>
    /// <exception cref="Exception">There are not so many left.</exception>
    public void Spend(long bytes)
    {
        try
        {
            if (bytes > mostBytes - _spent)
            {
                throw tooLarge();
            }

            _spent += bytes;
            taken?.Invoke(bytes);
        }
        catch (Exception e)
        {
            Refusal = e;
            throw;
        }
    }

    /// <summary>Counts anew: nothing that was read before is held any more.</summary>
    public void Begin() => _spent = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var bytes in _rented)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _rented.Clear();
    }

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        Spend(length);
        bytesAllocated = length;
        if (!isPooled)
        {
            return new Owner(new byte[length]);
        }

        var bytes = ArrayPool<byte>.Shared.Rent(length);
        _rented.Add(bytes);
        // Nothing of another body may show, whatever is not written.
        bytes.AsSpan(0, length).Clear();
        return new Owner(bytes.AsMemory(0, length));
    }

    private sealed class Owner(Memory<byte> memory) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => memory;

        public void Dispose()
        {
            // The memory outlives what was read into it, see ArrowMemory.
        }
    }
}
