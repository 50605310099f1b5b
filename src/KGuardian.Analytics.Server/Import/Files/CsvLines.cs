using System.Text;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>Records of CSV as RFC 4180 has it: commas, quotes around what has commas, quotes (twice) or line ends in it.</summary>
internal sealed class CsvLines(TextReader text)
{
    private long _next = 1;

    /// <summary>The line on which the record began that was read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>The next record that is not empty; null at the end.</summary>
    /// <exception cref="InvalidDataException">A quote is not closed, or a record too long.</exception>
    public List<string>? Read()
    {
        while (text.Peek() >= 0)
        {
            Line = _next;
            var cells = ReadRecord();
            if (cells.Count > 1 || cells[0].Length > 0)
            {
                return cells;
            }
        }

        return null;
    }

    private List<string> ReadRecord()
    {
        var (cells, cell, isQuoted, length) = (new List<string>(), new StringBuilder(), false, 0);
        while (true)
        {
            var next = text.Read();
            if (++length > LineReader.Longest || (next < 0 && isQuoted))
            {
                throw new InvalidDataException($"the record that begins on line {Line} {(next < 0 ? "has a quote that is not closed" : "is too long")}");
            }

            _next += next == '\n' ? 1 : 0;
            if (isQuoted)
            {
                if (next != '"')
                {
                    cell.Append((char)next);
                }
                else if (text.Peek() == '"')
                {
                    cell.Append((char)text.Read());
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (next == '"' && cell.Length == 0)
            {
                isQuoted = true;
            }
            else if (next is ',' or '\n' or < 0)
            {
                cells.Add(next == ',' ? cell.ToString() : cell.ToString().TrimEnd('\r'));
                cell.Clear();
                if (next != ',')
                {
                    return cells;
                }
            }
            else
            {
                cell.Append((char)next);
            }
        }
    }
}
