using System.Text;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Unit.Engine;

/// <summary>A secret's text, whatever wrote its file.</summary>
public sealed class SecretTextTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("s3cret", "utf-8", false)]
    [InlineData("s3cret\n", "utf-8", false)]
    [InlineData("\n \ts3cret \r\n\r\n", "utf-8", false)]
    [InlineData("s3cret\r\n", "utf-8", true)]
    [InlineData("s3cret\r\n", "utf-16", true)]
    public void Secret_is_what_stands_between_white_space_and_byte_order_mark(string text, string encoding, bool mark)
    {
        var writer = Encoding.GetEncoding(encoding);
        Assert.Equal("s3cret", SecretText.Read(Write([.. mark ? writer.GetPreamble() : [], .. writer.GetBytes(text)])));
        Assert.Equal("s3cret", SecretText.Clean(mark ? $"\uFEFF{text}" : text));
    }

    [Fact]
    public void White_space_inside_belongs_to_a_secret() => Assert.Equal("two  words", SecretText.Read(Write("two  words\n"u8)));

    [Theory]
    [InlineData("", "white space")]
    [InlineData(" \r\n\t\n", "white space")]
    [InlineData("\u00EF\u00BB\u00BF\r\n", "white space")]
    [InlineData("s\u00E9cret", "UTF-8")]
    public void File_without_a_secret_or_of_another_encoding_is_refused(string bytes, string says)
    {
        var e = Assert.Throws<InvalidDataException>(() => SecretText.Read(Write(Encoding.Latin1.GetBytes(bytes))));

        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_never_ends_is_refused() => Assert.Throws<InvalidDataException>(() => SecretText.Read("/dev/zero"));

    [Fact]
    public void Lines_keep_their_numbers() =>
        Assert.Equal(["", "# comment", "one", "", "two", ""], SecretText.ReadLines(Write("\uFEFF\r\n# comment\r\n one \r\n\r\ntwo\r\n"u8)));

    private string Write(ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(_directory.Path, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, bytes.ToArray());
        return path;
    }
}
