using KGuardian.Analytics.Server.Import.Files;

namespace KGuardian.Analytics.Tests.Unit.Server.Import;

public sealed class CsvLinesTests
{
    [Fact]
    public void Cells_come_out_as_they_were_written_with_the_line_they_begin_on()
    {
        var random = new Random(11);
        const string Alphabet = "ab,\"\n ü'";
        for (var round = 0; round < 500; round++)
        {
            string[][] records = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, random.Next(2, 5))
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => Alphabet[random.Next(Alphabet.Length)]))).ToArray())];
            var end = random.Next(2) == 0 ? "\n" : "\r\n";
            var text = string.Concat(records.Select(cells => string.Join(',', cells.Select(cell =>
                random.Next(2) == 0 || cell.AsSpan().ContainsAny(",\"\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell)) + end));
            var lines = new CsvLines(new StringReader(text));
            long line = 1;

            foreach (var cells in records)
            {
                Assert.Equal(cells, lines.Read());
                Assert.Equal(line, lines.Line);
                line += 1 + cells.Sum(cell => cell.Count(c => c == '\n'));
            }

            Assert.Null(lines.Read());
        }
    }
}
