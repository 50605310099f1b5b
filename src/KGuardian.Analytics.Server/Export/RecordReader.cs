namespace KGuardian.Analytics.Server.Export;

/// <summary>Lines of a stream, or records of CSV, which may have line ends in quotes; without the line end behind them.</summary>
/// <param name="stream">The stream.</param>
/// <param name="isCsv">Whether quotes count.</param>
internal sealed class RecordReader(Stream stream, bool isCsv)
{
    /// <summary>Far more than a flow with all its labels; what has no line ends is not taken into memory.</summary>
    private const int Longest = 16 << 20;

    private byte[] _buffer = new byte[128 << 10];
    private int _from;
    private int _to;

    /// <summary>The next record, good until the one after it; null at the end.</summary>
    /// <exception cref="InvalidDataException">It is too long, or a quote is not closed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var (seen, isQuoted) = (_from, false);
        while (true)
        {
            if (End(ref seen, ref isQuoted) is { } end)
            {
                var record = _buffer.AsMemory(_from, end - _from);
                _from = end + 1;
                return record;
            }

            if (_from > 0)
            {
                _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
                (_from, _to, seen) = (0, _to - _from, seen - _from);
            }

            if (_to == _buffer.Length)
            {
                Array.Resize(
                    ref _buffer, _buffer.Length < Longest ? 2 * _buffer.Length : throw new InvalidDataException($"a row has more than {Longest} bytes"));
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_to), cancellationToken);
            if (read == 0)
            {
                if (_to == 0)
                {
                    return null;
                }

                ReadOnlyMemory<byte> rest = isQuoted ? throw new InvalidDataException("a quote is not closed") : _buffer.AsMemory(0, _to);
                (_from, _to) = (0, 0);
                return rest;
            }

            _to += read;
        }
    }

    /// <summary>Where the record ends; null when it goes on behind what was read. What was looked at is not looked at again.</summary>
    private int? End(ref int seen, ref bool isQuoted)
    {
        while (true)
        {
            var bytes = _buffer.AsSpan(seen, _to - seen);
            var at = !isCsv ? bytes.IndexOf((byte)'\n') : isQuoted ? bytes.IndexOf((byte)'"') : bytes.IndexOfAny((byte)'"', (byte)'\n');
            if (at < 0)
            {
                seen = _to;
                return null;
            }

            seen += at + 1;
            if (_buffer[seen - 1] == '\n')
            {
                return seen - 1;
            }

            isQuoted = !isQuoted;
        }
    }
}
