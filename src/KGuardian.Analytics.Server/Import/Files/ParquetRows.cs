using System.Runtime.CompilerServices;
using Parquet;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>Rows of a Parquet file, a row group at a time.</summary>
internal static class ParquetRows
{
    /// <summary>Rows of a row group, twice what ClickHouse and DuckDB write at most by default: with eleven columns some 600 MB.</summary>
    private const long MostRows = 2_000_000;

    /// <summary>Bytes of a row group, unpacked.</summary>
    private const long MostBytes = 512L << 20;

    /// <summary>The rows by their number.</summary>
    /// <exception cref="InvalidDataException">It cannot be read, or a row group is too large.</exception>
    public static async IAsyncEnumerable<(long Line, SourceRow Row, RejectedSource? Fault)> ReadAsync(
        Stream file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Texts are not always said to be such.
        var options = new ParquetOptions { TreatByteArrayAsString = true };
        await using var reader = await OfReaderAsync(
            () => ParquetReader.CreateAsync(new ForwardStream(file), options, leaveStreamOpen: true, cancellationToken));
        var columns = reader.Schema.GetDataFields().Select(ParquetColumn.Of).OfType<ParquetColumn>().ToArray();
        var names = ColumnNames.Of([.. columns.Select(column => column.Name)]);
        long number = 0;
        foreach (var (place, group) in reader.RowGroups.Index())
        {
            if (group.RowCount is < 0 or > MostRows || group.RowGroup.TotalByteSize > MostBytes)
            {
                throw new InvalidDataException(
                    $"row group {place} has {group.RowCount} rows and {group.RowGroup.TotalByteSize} bytes; allowed: {MostRows} and {MostBytes}: "
                    + "write smaller ones");
            }

            foreach (var column in columns)
            {
                await OfReaderAsync(async () =>
                {
                    await column.ReadAsync(group, cancellationToken);
                    return column;
                });
            }

            for (var row = 0; row < group.RowCount; row++)
            {
                var cells = new Dictionary<string, string?>();
                foreach (var (at, column) in columns.Index())
                {
                    var text = column.Next();
                    foreach (var name in names[at])
                    {
                        cells.TryAdd(name, text);
                    }
                }

                yield return SourceRow.OfColumns(++number, cells);
            }
        }
    }

    /// <summary>It throws whatever comes to it of a file that is damaged.</summary>
    private static async Task<T> OfReaderAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new InvalidDataException($"its Parquet cannot be read: {e.Message}", e);
        }
    }
}
