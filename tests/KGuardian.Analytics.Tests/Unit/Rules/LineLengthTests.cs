using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Tests.Unit.Rules;

/// <summary>
/// A line is as long as .editorconfig says, at most. What lies within a raw string is a text of its own, SQL or JSON or what a program prints,
/// which is not changed for that.
/// </summary>
public sealed partial class LineLengthTests
{
    private const int Longest = 160;
    private const string Quotes = "\"\"\"";

    [Fact]
    public void Line_of_a_source_is_not_longer_than_editors_are_told()
    {
        var lines = Sources().SelectMany(Code).ToArray();
        var longer = lines.Where(line => line.Text.Length > Longest).Select(line => $"{line.Source}:{line.Number}").ToArray();

        Assert.Contains($"max_line_length = {Longest}", File.ReadLines(Repository.At(".editorconfig")));
        Assert.True(lines.Length > 50_000, $"{lines.Length} lines were found");
        Assert.True(longer.Length == 0, string.Join('\n', longer));
    }

    [Fact]
    public void Lines_within_a_raw_string_are_told_from_those_around_it()
    {
        string[] lines =
        [
            "var a = $$\"\"\"", "    within", "    \"\"\" + f(\"\"\"", "    within", "    \"\"\");",
            "var b = \"\"\"one\"\"\"", "    + \"\"\"two\"\"\";",
        ];

        Assert.Equal([1, 3, 5, 6, 7], Code("a source", lines).Select(line => line.Number));
    }

    private static IEnumerable<string> Sources() =>
        new[] { "src", "tests", "bench" }.SelectMany(folder => Directory.GetFiles(Repository.At(folder), "*.cs", SearchOption.AllDirectories))
            .Where(source => !BuildOutput().IsMatch(source))
            .Select(source => Path.GetRelativePath(Repository.Root, source));

    private static IEnumerable<(string Source, int Number, string Text)> Code(string source) => Code(source, File.ReadLines(Repository.At(source)));

    /// <summary>The lines of a source but those within a raw string, which opens at the end of a line and closes at the begin of one.</summary>
    private static IEnumerable<(string Source, int Number, string Text)> Code(string source, IEnumerable<string> lines)
    {
        var isOpen = false;
        foreach (var (i, line) in lines.Index())
        {
            var isWithin = isOpen && !line.TrimStart().StartsWith(Quotes, StringComparison.Ordinal);
            if (!isWithin)
            {
                yield return (source, i + 1, line);
            }

            isOpen = isWithin || (line.EndsWith(Quotes, StringComparison.Ordinal) && (QuoteMarks().Count(line) + (isOpen ? 1 : 0)) % 2 == 1);
        }

        Assert.False(isOpen, source);
    }

    [GeneratedRegex("/(bin|obj)/")]
    private static partial Regex BuildOutput();

    [GeneratedRegex("\"{3,}")]
    private static partial Regex QuoteMarks();
}
