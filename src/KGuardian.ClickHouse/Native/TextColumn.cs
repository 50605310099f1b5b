using System.Numerics;
using System.Runtime.InteropServices;

namespace KGuardian.ClickHouse.Native;

/// <summary>
/// Texts, some of them null. A row names an entry: of the block's dictionary, where each text stands once; of a column without one, each row has its own.
/// </summary>
internal sealed class TextColumn : NativeColumn
{
    /// <summary>The one way in which dictionaries are written.</summary>
    private const ulong DictionaryVersion = 1;

    /// <summary>The dictionary is of more than this block: only in files of ClickHouse's own.</summary>
    private const ulong HasGlobalDictionary = 1 << 8;

    /// <summary>The dictionary comes with the block.</summary>
    private const ulong HasKeys = 1 << 9;

    private readonly NativeInput _input;
    private readonly bool _hasDictionary;
    private readonly bool _hasNulls;
    private (int At, int Length)[] _entries = [];
    private int[] _indexes = [];
    private int _rows;
    private int _nullsAt;

    private TextColumn(NativeInput input, bool hasDictionary, bool hasNulls) => (_input, _hasDictionary, _hasNulls) = (input, hasDictionary, hasNulls);

    /// <summary>How many entries there are.</summary>
    public int EntryCount { get; private set; }

    /// <summary>Bytes of all entries.</summary>
    public int EntryBytes { get; private set; }

    /// <summary>Bytes of the longest entry.</summary>
    public int LongestEntry { get; private set; }

    /// <summary>The entry of each row.</summary>
    public ReadOnlySpan<int> Indexes => _indexes.AsSpan(0, _rows);

    /// <summary>An entry's bytes; of null there are none.</summary>
    public ReadOnlySpan<byte> Entry(int entry) => _input.Slice(_entries[entry].At, _entries[entry].Length);

    /// <summary>Whether an entry is null.</summary>
    public bool IsNull(int entry) => _hasNulls && (_hasDictionary ? entry == 0 : _input.Slice(_nullsAt, _rows)[entry] != 0);

    internal static TextColumn? OfType(string type, NativeInput input) => type switch
    {
        "String" => new(input, hasDictionary: false, hasNulls: false) { Type = type },
        "Nullable(String)" => new(input, hasDictionary: false, hasNulls: true) { Type = type },
        "LowCardinality(String)" => new(input, hasDictionary: true, hasNulls: false) { Type = type },
        "LowCardinality(Nullable(String))" => new(input, hasDictionary: true, hasNulls: true) { Type = type },
        _ => null,
    };

    /// <inheritdoc/>
    internal override async ValueTask ReadAsync(int rows, CancellationToken cancellationToken)
    {
        if (_hasDictionary)
        {
            await ReadDictionaryAsync(rows, cancellationToken);
            return;
        }

        _nullsAt = _hasNulls ? await _input.TakeArrayAsync(rows, 1, cancellationToken) : 0;
        await ReadEntriesAsync((ulong)rows, cancellationToken);
        ReserveIndexes(rows);
        for (var row = 0; row < rows; row++)
        {
            _indexes[row] = row;
        }
    }

    private async ValueTask ReadDictionaryAsync(int rows, CancellationToken cancellationToken)
    {
        var version = await _input.TakeUInt64Async(cancellationToken);
        var flags = await _input.TakeUInt64Async(cancellationToken);
        // What remains is the width of an index: 1, 2, 4 or 8 bytes, of which a block needs no more than 4.
        var width = (byte)flags;
        if (version != DictionaryVersion || (flags & HasGlobalDictionary) != 0 || (flags & HasKeys) == 0 || width > 2)
        {
            throw _input.Damaged("a dictionary of another kind");
        }

        await ReadEntriesAsync(await _input.TakeUInt64Async(cancellationToken), cancellationToken);
        if (await _input.TakeUInt64Async(cancellationToken) != (ulong)rows)
        {
            throw _input.Damaged("a column with another number of rows than its block");
        }

        var at = await _input.TakeArrayAsync(rows, 1 << width, cancellationToken);
        ReserveIndexes(rows);
        var bytes = _input.Slice(at, rows << width);
        var largest = width switch
        {
            0 => Widen(bytes),
            1 => Widen(MemoryMarshal.Cast<byte, ushort>(bytes)),
            _ => Widen(MemoryMarshal.Cast<byte, uint>(bytes)),
        };
        if (largest >= (uint)EntryCount)
        {
            throw _input.Damaged("an index beyond its dictionary");
        }
    }

    private async ValueTask ReadEntriesAsync(ulong count, CancellationToken cancellationToken)
    {
        (EntryCount, EntryBytes, LongestEntry) = (0, 0, 0);
        while (!TakeEntries(count))
        {
            await _input.MoreAsync(cancellationToken);
        }
    }

    /// <summary>Takes entries that have come, until there are <paramref name="count"/>.</summary>
    private bool TakeEntries(ulong count)
    {
        while ((ulong)EntryCount < count)
        {
            var begin = _input.At;
            if (!_input.TryTakeCount(out var length))
            {
                return false;
            }

            if (_input.Rest.Length < length)
            {
                // Its length is read again when more has come.
                _input.Take(begin - _input.At);
                return false;
            }

            if (EntryCount == _entries.Length)
            {
                // An entry takes a byte at least: their number is bounded by what has come.
                Array.Resize(ref _entries, Math.Max(16, 2 * EntryCount));
            }

            _entries[EntryCount++] = (_input.At, length);
            EntryBytes += length;
            LongestEntry = Math.Max(LongestEntry, length);
            _input.Take(length);
        }

        return true;
    }

    private void ReserveIndexes(int rows)
    {
        _rows = rows;
        if (_indexes.Length < rows)
        {
            _indexes = new int[rows];
        }
    }

    private uint Widen<T>(ReadOnlySpan<T> indexes)
        where T : unmanaged, IBinaryInteger<T>
    {
        var to = MemoryMarshal.Cast<int, uint>(_indexes.AsSpan(0, indexes.Length));
        var largest = 0u;
        for (var row = 0; row < indexes.Length; row++)
        {
            var index = uint.CreateTruncating(indexes[row]);
            to[row] = index;
            largest = Math.Max(largest, index);
        }

        return largest;
    }
}
