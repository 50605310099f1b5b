using System.Buffers.Binary;
using System.Text;
using KGuardian.ClickHouse.Client;

namespace KGuardian.ClickHouse.Native;

/// <summary>
/// The bytes of one block, in one buffer that grows as they come and never by what is claimed of them: a length that leads beyond
/// <see cref="MostBytes"/> is an error before anything is allocated for it. Positions in it are kept until <see cref="BeginAsync"/>.
/// </summary>
internal sealed class NativeInput(Stream from, string queryId)
{
    /// <summary>Most bytes of a block. ClickHouse holds it in memory as well, where a query's limit is of that size.</summary>
    public const int MostBytes = 1 << 30;

    private const int LeastBytes = 16 << 10;

    private byte[] _bytes = new byte[LeastBytes];
    private int _end;

    /// <summary>The place of the next byte that is not taken.</summary>
    public int At { get; private set; }

    /// <summary>What has come and is not taken.</summary>
    public ReadOnlySpan<byte> Rest => _bytes.AsSpan(At, _end - At);

    /// <summary>Bytes that were taken.</summary>
    public ReadOnlySpan<byte> Slice(int at, int length) => _bytes.AsSpan(at, length);

    /// <summary>Takes bytes that have come.</summary>
    public void Take(int bytes) => At += bytes;

    /// <summary>Forgets what was taken; false when nothing comes any more.</summary>
    /// <exception cref="ClickHouseException">The answer broke off.</exception>
    public async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        Rest.CopyTo(_bytes);
        (At, _end) = (0, _end - At);
        return _end > 0 || await FillAsync(cancellationToken);
    }

    /// <summary>Waits for more bytes.</summary>
    /// <exception cref="ClickHouseException">There are none, or too many.</exception>
    public async ValueTask MoreAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken))
        {
            throw Damaged("the answer ends within a block");
        }
    }

    /// <summary>Waits until so many bytes have come that are not taken.</summary>
    /// <exception cref="ClickHouseException">They do not come, or are too many.</exception>
    public ValueTask EnsureAsync(long bytes, CancellationToken cancellationToken) =>
        bytes is >= 0 && bytes <= _end - At ? ValueTask.CompletedTask : WaitAsync(bytes, cancellationToken);

    /// <summary>Waits for the bytes of an array, takes them, and returns their place.</summary>
    /// <exception cref="ClickHouseException">They do not come, or are too many.</exception>
    public async ValueTask<int> TakeArrayAsync(int count, int width, CancellationToken cancellationToken)
    {
        var bytes = (long)count * width;
        await EnsureAsync(bytes, cancellationToken);
        var at = At;
        Take((int)bytes);
        return at;
    }

    /// <summary>Takes a number of 64 bits.</summary>
    /// <exception cref="ClickHouseException">It does not come.</exception>
    public async ValueTask<ulong> TakeUInt64Async(CancellationToken cancellationToken)
    {
        await EnsureAsync(sizeof(ulong), cancellationToken);
        var value = BinaryPrimitives.ReadUInt64LittleEndian(Rest);
        Take(sizeof(ulong));
        return value;
    }

    /// <summary>Takes a count or length, written as LEB128.</summary>
    /// <exception cref="ClickHouseException">It does not come, or is more than a block has.</exception>
    public async ValueTask<int> TakeCountAsync(CancellationToken cancellationToken)
    {
        int value;
        while (!TryTakeCount(out value))
        {
            await MoreAsync(cancellationToken);
        }

        return value;
    }

    /// <summary>Takes a count or length when all of it has come.</summary>
    /// <exception cref="ClickHouseException">It is more than a block has.</exception>
    public bool TryTakeCount(out int value)
    {
        value = 0;
        var rest = Rest;
        for (var i = 0; i < rest.Length; i++)
        {
            var part = (long)(rest[i] & 0x7F) << (7 * i);
            // The sixth byte is beyond every length.
            if (i > 4 || value + part > MostBytes)
            {
                throw Damaged("a length that no block has");
            }

            value += (int)part;
            if (rest[i] < 0x80)
            {
                Take(i + 1);
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes a text with its length before it.</summary>
    /// <exception cref="ClickHouseException">It does not come, or is longer than a block.</exception>
    public async ValueTask<string> TakeTextAsync(CancellationToken cancellationToken)
    {
        var length = await TakeCountAsync(cancellationToken);
        return Encoding.UTF8.GetString(Slice(await TakeArrayAsync(length, 1, cancellationToken), length));
    }

    /// <summary>The error of bytes that are no block.</summary>
    public ClickHouseException Damaged(string what) => new(ClickHouseFailure.Unknown, 0, $"its Native format cannot be read: {what}", queryId);

    private async ValueTask WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytes < 0 || At + bytes > MostBytes)
        {
            throw Damaged("a length that no block has");
        }

        while (_end - At < bytes)
        {
            await MoreAsync(cancellationToken);
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_end == _bytes.Length)
        {
            if (_end >= MostBytes)
            {
                throw Damaged("a block that is too large");
            }

            Array.Resize(ref _bytes, 2 * _bytes.Length);
        }

        var read = await from.ReadAsync(_bytes.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
