using System.Text;

namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>A cell of CSV.</summary>
/// <param name="Text">What it says.</param>
/// <param name="IsQuoted">Whether it stood in quotes: nothing between two commas is null, and quotes with nothing in them the empty text.</param>
internal readonly record struct CsvCell(string Text, bool IsQuoted)
{
    /// <summary>The cell with another text.</summary>
    public string With(string text) => IsQuoted || text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}

/// <summary>The cells of a record.</summary>
internal static class CsvCells
{
    public static IEnumerable<CsvCell> Of(string record)
    {
        var at = 0;
        while (true)
        {
            var isQuoted = at < record.Length && record[at] == '"';
            if (!isQuoted)
            {
                var end = record.IndexOf(',', at);
                yield return new CsvCell(end < 0 ? record[at..] : record[at..end], false);
                if (end < 0)
                {
                    yield break;
                }

                at = end + 1;
                continue;
            }

            var text = new StringBuilder();
            for (at++; at < record.Length && (record[at] != '"' || (at + 1 < record.Length && record[at + 1] == '"')); at++)
            {
                text.Append(record[at]);
                at += record[at] == '"' ? 1 : 0;
            }

            yield return new CsvCell(text.ToString(), true);
            // Behind the closing quote there is a comma, or the end.
            if (++at >= record.Length)
            {
                yield break;
            }

            at++;
        }
    }
}
