using KGuardian.Analytics.Server.Anonymise;

namespace KGuardian.Analytics.Server.Export;

/// <summary>Brings rows from an answer into a part: as they are, as an array, or with other names.</summary>
/// <param name="format">How they are written.</param>
/// <param name="anonymiser">Makes other names; null to leave them.</param>
internal sealed class RowPipe(ExportFormat format, RowAnonymiser? anonymiser)
{
    private readonly byte[] _buffer = new byte[128 << 10];

    /// <summary>Copies all rows.</summary>
    /// <returns>How many; null for formats that say it themselves, in the file.</returns>
    public async Task<long?> CopyAsync(Stream answer, PartWriter part, CancellationToken cancellationToken)
    {
        if (anonymiser is null && format.Name == format.Asked)
        {
            var counter = new RecordCounter(format);
            while (await answer.ReadAsync(_buffer, cancellationToken) is > 0 and var read)
            {
                part.Write(_buffer.AsSpan(0, read));
                if (format.IsText)
                {
                    counter.Add(_buffer.AsSpan(0, read));
                }
            }

            return format.IsText ? counter.Rows : null;
        }

        anonymiser?.Begin();
        var (isCsv, isArray) = (format.Name == "csv", format.Name == "json");
        var records = new RecordReader(answer, isCsv);
        long rows = 0;
        part.Write(isArray ? "["u8 : ""u8);
        while (await records.ReadAsync(cancellationToken) is { } record)
        {
            part.Write(isArray ? rows == 0 ? "\n"u8 : ",\n"u8 : ""u8);
            part.Write(anonymiser is null ? record.Span : isCsv ? anonymiser.Csv(record.Span) : anonymiser.Json(record.Span));
            part.Write(isArray ? ""u8 : "\n"u8);
            rows++;
        }

        part.Write(isArray ? "\n]\n"u8 : ""u8);
        return isCsv ? Math.Max(0, rows - 1) : rows;
    }
}
