using System.Buffers.Binary;

namespace KGuardian.Analytics.Server.Import.Postgres;

/// <summary>
/// Reads what <c>COPY … TO STDOUT (FORMAT binary)</c> sends: after a header rows, each a number of fields, and of each its length and bytes. Spans
/// of a row are valid until the next one is read. Not thread-safe.
/// </summary>
internal sealed class CopyReader(Stream stream)
{
    /// <summary>PostgreSQL's own limit of a field is 1 GB; a manifest has a hundredth of this.</summary>
    private const int LongestRow = 64 << 20;

    private static readonly byte[] Signature = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8];

    private readonly List<(int Begin, int Length)> _fields = [];
    private byte[] _buffer = new byte[256 << 10];
    private int _begin;
    private int _end;
    private bool _isBegun;

    /// <summary>Whether the last row was read.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether a field of the row is null.</summary>
    public bool IsNull(int field) => _fields[field].Length < 0;

    /// <summary>A field's bytes; none when it is null.</summary>
    public ReadOnlySpan<byte> this[int field] => IsNull(field) ? default : _buffer.AsSpan(_begin + _fields[field].Begin, _fields[field].Length);

    /// <summary>Reads the next row; false when there is none.</summary>
    /// <exception cref="InvalidDataException">It is not what PostgreSQL sends, or a row is longer than 64 MiB.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_isBegun)
        {
            await HeaderAsync(cancellationToken);
            _isBegun = true;
        }

        Skip();
        await NeedAsync(sizeof(short), cancellationToken);
        var count = BinaryPrimitives.ReadInt16BigEndian(_buffer.AsSpan(_begin));
        if (count < 0)
        {
            IsEnded = true;
            return false;
        }

        var at = sizeof(short);
        for (var i = 0; i < count; i++)
        {
            await NeedAsync(at + sizeof(int), cancellationToken);
            var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_begin + at));
            at += sizeof(int);
            _fields.Add((at, length));
            at += Math.Max(0, length);
            if (length < -1 || at is < 0 or > LongestRow)
            {
                throw new InvalidDataException($"a row is longer than {LongestRow} bytes");
            }
        }

        await NeedAsync(at, cancellationToken);
        return true;
    }

    /// <summary>Signature, flags, and an extension of a length that is told.</summary>
    private async ValueTask HeaderAsync(CancellationToken cancellationToken)
    {
        var fixedBytes = Signature.Length + (2 * sizeof(int));
        await NeedAsync(fixedBytes, cancellationToken);
        if (!_buffer.AsSpan(_begin).StartsWith(Signature))
        {
            throw new InvalidDataException("the database sends no binary COPY");
        }

        var extension = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_begin + Signature.Length + sizeof(int)));
        await NeedAsync(fixedBytes + Math.Clamp(extension, 0, LongestRow), cancellationToken);
        _begin += fixedBytes + Math.Clamp(extension, 0, LongestRow);
    }

    /// <summary>Goes behind the row.</summary>
    private void Skip()
    {
        if (_fields.Count > 0)
        {
            var (begin, length) = _fields[^1];
            _begin += begin + Math.Max(0, length);
            _fields.Clear();
        }
    }

    /// <summary>Reads until so many bytes are there from the row's begin.</summary>
    private async ValueTask NeedAsync(int bytes, CancellationToken cancellationToken)
    {
        while (_end - _begin < bytes)
        {
            if (_buffer.Length - _begin < bytes || _end == _buffer.Length)
            {
                var to = bytes > _buffer.Length ? new byte[Math.Max(bytes, 2 * _buffer.Length)] : _buffer;
                _buffer.AsSpan(_begin, _end - _begin).CopyTo(to);
                (_buffer, _end, _begin) = (to, _end - _begin, 0);
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += read > 0 ? read : throw new InvalidDataException("the database ended in the middle of a row");
        }
    }
}
