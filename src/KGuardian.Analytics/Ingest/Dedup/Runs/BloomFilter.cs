using System.Runtime.Intrinsics.X86;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// Says of nearly every key that a run does not hold that it does not. A blocked Bloom filter: a key sets one bit in each of the eight words of one
/// cache line, so that a look costs one access to memory. The line is chosen by the key's leading bits, in the order in which runs are written:
/// building it walks through memory once.
/// </summary>
/// <remarks>
/// 12 bits a key: 43 keys on average share the 512 bits of a line, so 1 - (63/64)^43 = 49 % of each word are set, and 0.49^8 = 0.33 % of foreign keys
/// pass (0.42 % with lines that are fuller than others). In memory of its own, given back by <see cref="Dispose"/>: not safe beside it.
/// </remarks>
internal sealed unsafe class BloomFilter : IDisposable
{
    private const int BitsPerKey = 12;
    private const int WordsPerBlock = 8;

    /// <summary>A cache line.</summary>
    public const int BlockBytes = WordsPerBlock * sizeof(ulong);

    private readonly long _blocks;
    private ulong* _words;

    private BloomFilter(long blocks)
    {
        _blocks = blocks;
        _words = (ulong*)PageMemory.Allocate(blocks * BlockBytes);
        GC.AddMemoryPressure(Bytes);
    }

    ~BloomFilter() => Free();

    /// <summary>Bytes it takes, in memory and in a file.</summary>
    public long Bytes => _blocks * BlockBytes;

    /// <summary>An empty one for so many keys.</summary>
    public static BloomFilter For(long keys) => Unfilled(SizeFor(keys));

    /// <summary>One whose bytes are read into <see cref="Slice"/>; a size that <see cref="SizeFor"/> gave.</summary>
    public static BloomFilter Unfilled(long bytes) => new(bytes / BlockBytes);

    /// <summary>Bytes of one for so many keys.</summary>
    public static long SizeFor(long keys) => Math.Max(1, ((keys * BitsPerKey) + (BlockBytes * 8) - 1) / (BlockBytes * 8)) * BlockBytes;

    /// <summary>A part of its bytes.</summary>
    public Span<byte> Slice(long at, int length) => new((byte*)_words + at, length);

    public void Add(ulong lo, uint tail)
    {
        var block = Block(lo);
        var bits = Bits(lo, tail);
        for (var word = 0; word < WordsPerBlock; word++)
        {
            block[word] |= 1UL << (int)(bits >> (6 * word));
        }
    }

    public bool MayContain(ulong lo, uint tail)
    {
        var block = Block(lo);
        var bits = Bits(lo, tail);
        var all = 1UL;
        for (var word = 0; word < WordsPerBlock; word++)
        {
            all &= block[word] >> (int)(bits >> (6 * word));
        }

        return all != 0;
    }

    /// <summary>Begins to fetch what <see cref="MayContain"/> will look at.</summary>
    public void Prefetch(ulong lo)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Block(lo));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private ulong* Block(ulong lo) => _words + ((long)Math.BigMul(lo, (ulong)_blocks, out _) * WordsPerBlock);

    /// <summary>Eight times six bits, none of which chose the block. A shift by a number takes its lowest six bits.</summary>
    private static ulong Bits(ulong lo, uint tail) => ((ulong)tail << 16) | (ushort)lo;

    private void Free()
    {
        if (_words != null)
        {
            PageMemory.Free(_words, Bytes);
            _words = null;
            GC.RemoveMemoryPressure(Bytes);
        }
    }
}
