namespace KGuardian.Analytics.Server.Export;

/// <summary>A struct in Thrift's compact protocol, as Parquet's footer is; only whole numbers can be asked for.</summary>
internal ref struct ThriftStruct(ReadOnlySpan<byte> bytes)
{
    /// <summary>Deeper than any footer.</summary>
    private const int MostDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>The number in a field of the outermost struct.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is no such struct.</exception>
    public long Long(int wanted)
    {
        for (var field = 0; Byte() is not 0 and var head;)
        {
            field = head >> 4 is > 0 and var step ? field + step : (int)Signed();
            if (field == wanted && (head & 15) is 4 or 5 or 6)
            {
                return Signed();
            }

            Skip(head & 15, 0);
        }

        throw new InvalidDataException("the footer of Parquet has no number of rows");
    }

    private void Skip(int type, int depth)
    {
        switch (type)
        {
            case 1 or 2:
                break;
            case 3:
                Byte();
                break;
            case 4 or 5 or 6:
                Unsigned();
                break;
            case 7:
                Pass(8);
                break;
            case 8:
                Pass((long)Unsigned());
                break;
            case 9 or 10 when depth < MostDepth:
                var head = Byte();
                for (var left = head >> 4 is < 15 and var few ? few : (long)Unsigned(); left > 0; left--)
                {
                    // Of lists, unlike fields, each truth value has a byte.
                    Skip((head & 15) is 1 or 2 ? 3 : head & 15, depth + 1);
                }

                break;
            case 12 when depth < MostDepth:
                while (Byte() is not 0 and var member)
                {
                    if (member >> 4 == 0)
                    {
                        Signed();
                    }

                    Skip(member & 15, depth + 1);
                }

                break;
            default:
                throw new InvalidDataException("the footer of Parquet cannot be read");
        }
    }

    private byte Byte() => _at < _bytes.Length ? _bytes[_at++] : throw new InvalidDataException("the footer of Parquet ends too soon");

    private void Pass(long count) => _at = count >= 0 && count <= _bytes.Length - _at ? _at + (int)count
        : throw new InvalidDataException("the footer of Parquet ends too soon");

    private ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
            {
                return value;
            }
        }

        throw new InvalidDataException("the footer of Parquet has a number that is too long");
    }

    private long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
