using System.Buffers.Binary;
using KGuardian.Analytics.Ingest.Arrow;

namespace KGuardian.Analytics.Server.Export;

/// <summary>How many rows a part has: lines and records are counted as they go by, the binary formats say it themselves.</summary>
internal static class RowCounts
{
    /// <summary>Of Arrow's messages and Parquet's footers: far more than those of a dozen columns.</summary>
    private const int MostMetadata = 64 << 20;

    private const int RecordBatch = 3;

    /// <summary>Rows of a file.</summary>
    /// <exception cref="InvalidDataException">It is no such file, or not whole.</exception>
    public static long Of(ExportFormat format, Stream file) => format.Name switch
    {
        "arrow" => OfArrow(file),
        "parquet" => OfParquet(file),
        _ => OfText(format, file),
    };

    private static long OfText(ExportFormat format, Stream file)
    {
        var counter = new RecordCounter(format);
        var buffer = new byte[64 << 10];
        while (file.Read(buffer) is > 0 and var read)
        {
            counter.Add(buffer.AsSpan(0, read));
        }

        return counter.Rows;
    }

    /// <summary>The messages of a stream say how many rows each has, and how many bytes of columns are to be passed over.</summary>
    private static long OfArrow(Stream file)
    {
        Span<byte> head = stackalloc byte[8];
        long rows = 0;
        while (file.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
            if (BinaryPrimitives.ReadInt32LittleEndian(head) != -1 || length is < 0 or > MostMetadata)
            {
                throw new InvalidDataException("it is no stream of Arrow");
            }

            if (length == 0)
            {
                return rows;
            }

            var message = new byte[length];
            file.ReadExactly(message);
            var (batch, bytes) = OfMessage(message);
            rows += batch;
            file.Seek(bytes, SeekOrigin.Current);
        }

        throw new InvalidDataException("the stream of Arrow has no end");
    }

    private static (long Rows, long Bytes) OfMessage(byte[] message)
    {
        try
        {
            var table = FlatTable.Root(message);
            return (table.Byte(1) == RecordBatch ? table.Table(2).Long(0) : 0, table.Long(3));
        }
        catch (Exception e) when (e is NotArrowException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("a message of Arrow cannot be read", e);
        }
    }

    /// <summary>The footer is Thrift's compact protocol: a struct whose third field is the number of rows.</summary>
    private static long OfParquet(Stream file)
    {
        Span<byte> end = stackalloc byte[8];
        if (file.Length < 12)
        {
            throw new InvalidDataException("it is no Parquet file");
        }

        file.Seek(-8, SeekOrigin.End);
        file.ReadExactly(end);
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (!end[4..].SequenceEqual("PAR1"u8) || length < 0 || length > Math.Min(MostMetadata, file.Length - 12))
        {
            throw new InvalidDataException("it is no Parquet file, or not whole");
        }

        file.Seek(-8 - length, SeekOrigin.End);
        var footer = new byte[length];
        file.ReadExactly(footer);
        return new ThriftStruct(footer).Long(3);
    }
}

/// <summary>Counts rows of text as it goes by.</summary>
/// <param name="format">Of lines, an array with a row on each, or CSV with names in its first record.</param>
internal sealed class RecordCounter(ExportFormat format)
{
    private readonly bool _isCsv = format.Name == "csv";
    private bool _isQuoted;
    private long _lines;

    /// <summary>So far.</summary>
    public long Rows => format.Name switch
    {
        "csv" => Math.Max(0, _lines - 1),
        // The brackets have lines of their own.
        "json" => Math.Max(0, _lines - 2),
        _ => _lines,
    };

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (!_isCsv)
        {
            _lines += System.MemoryExtensions.Count(bytes, (byte)'\n');
            return;
        }

        while (bytes.IndexOfAny((byte)'"', (byte)'\n') is >= 0 and var at)
        {
            _isQuoted ^= bytes[at] == '"';
            _lines += bytes[at] == '\n' && !_isQuoted ? 1 : 0;
            bytes = bytes[(at + 1)..];
        }
    }
}
