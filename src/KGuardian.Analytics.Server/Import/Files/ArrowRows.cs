using System.Runtime.CompilerServices;
using KGuardian.Analytics.Ingest.Arrow;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>Rows of Arrow's IPC format, a stream or a file, a batch at a time.</summary>
internal static class ArrowRows
{
    /// <summary>What a batch may come to: 256 MiB, four times the largest body that a server takes by default.</summary>
    private const long MostBytes = 256L << 20;

    /// <summary>The rows by their number.</summary>
    /// <exception cref="NotArrowException">It is no Arrow, or breaks off.</exception>
    /// <exception cref="InvalidDataException">A batch is too large.</exception>
    public static async IAsyncEnumerable<(long Line, SourceRow Row, RejectedSource? Fault)> ReadAsync(
        Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var memory = new ArrowMemory(
            MostBytes, () => new InvalidDataException($"a batch takes more than {MostBytes} bytes: write smaller ones, such as of 65,536 rows"));
        using var batches = new ArrowBatches(stream, memory);
        var fields = (await batches.ReadSchemaAsync(cancellationToken)).FieldsList;
        var names = ColumnNames.Of([.. fields.Select(field => field.Name)]);
        var places = Enumerable.Range(0, fields.Count).Where(place => ArrowRow.HasText(fields[place].DataType)).ToArray();
        long number = 0;
        while (true)
        {
            memory.Begin();
            if (await batches.ReadAsync(cancellationToken) is not { } batch)
            {
                yield break;
            }

            for (var row = 0; row < batch.Length; row++)
            {
                var cells = new Dictionary<string, string?>();
                foreach (var place in places)
                {
                    var text = ArrowRow.Text(batch.Column(place).Data, row);
                    foreach (var name in names[place])
                    {
                        cells.TryAdd(name, text);
                    }
                }

                yield return SourceRow.OfColumns(++number, cells);
            }
        }
    }
}
