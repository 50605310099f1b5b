using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;

namespace KGuardian.Analytics.Tests.Query;

/// <summary>Cursors as texts: only the store's own, unchanged and young ones can be read.</summary>
public sealed class CursorSignerTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 12, 12, 0, 0, TimeSpan.Zero);
    private static readonly FlowSelection Selection = new(new TimeWindow(Now.AddHours(-6), Now), FlowFilter.Parse("pod = api"));
    private static readonly FlowCursor Cursor = FlowCursor.Behind(new FlowPosition(-5, Guid.NewGuid()), Selection, newestFirst: true, Now, Now.AddMinutes(1));

    private readonly CursorSigner _signer = new([1, 2, 3]);

    [Fact]
    public void Cursor_reads_back_equal() => Assert.Equal(Cursor, _signer.Read(_signer.Write(Cursor), Now.AddHours(1)));

    [Fact]
    public void Cursor_with_any_character_changed_is_refused()
    {
        var text = _signer.Write(Cursor);
        for (var i = 0; i < text.Length; i++)
        {
            var altered = text.ToCharArray();
            altered[i] = altered[i] == 'A' ? 'B' : 'A';
            Assert.Contains("altered", Refusal(new string(altered)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("' OR 1=1 --")]
    [InlineData("\0")]
    [InlineData("====")]
    public void Text_that_is_no_cursor_is_refused(string text) => Assert.Contains("altered", Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void Cursor_that_is_longer_or_padded_is_refused()
    {
        var text = _signer.Write(Cursor);
        Assert.All([text + "A", text + "AAAA", text + "=", " " + text, text[..^4]], altered => Assert.Contains("altered", Refusal(altered), StringComparison.Ordinal));
    }

    [Fact]
    public void Cursor_of_any_other_length_is_refused()
    {
        foreach (var text in new[] { _signer.Write(Cursor), _signer.Write(TailCursor.Begin(FlowFilter.Everything, Now, 1)) })
        {
            for (var length = 0; length < text.Length + 9; length++)
            {
                var other = text.PadRight(length, 'A')[..length];
                if (other == text)
                    continue;
                Assert.Throws<CursorException>(() => _signer.Read(other, Now));
                Assert.Throws<CursorException>(() => _signer.ReadTail(other, Now));
            }
        }
    }

    [Fact]
    public void Cursor_of_another_store_is_refused() =>
        Assert.Throws<CursorException>(() => new CursorSigner([1, 2, 4]).Read(_signer.Write(Cursor), Now));

    [Fact]
    public void Cursor_older_than_a_day_has_expired() =>
        Assert.Contains(
            "expired", Assert.Throws<CursorException>(() => _signer.Read(_signer.Write(Cursor), Now.AddHours(25))).Message, StringComparison.Ordinal);

    [Fact]
    public void Cursor_of_another_walk_says_what_differs()
    {
        Cursor.Check(Selection with { Filter = FlowFilter.Parse("pod=\"api\"") }, newestFirst: true);
        Assert.Contains("filter", Difference(Selection with { Filter = FlowFilter.Everything }, true), StringComparison.Ordinal);
        Assert.Contains("window", Difference(Selection with { Window = new TimeWindow(Now.AddHours(-5), Now) }, true), StringComparison.Ordinal);
        Assert.Contains("order", Difference(Selection, false), StringComparison.Ordinal);
    }

    private static string Difference(FlowSelection selection, bool newestFirst) =>
        Assert.Throws<CursorException>(() => Cursor.Check(selection, newestFirst)).Message;

    private string Refusal(string text) => Assert.Throws<CursorException>(() => _signer.Read(text, Now)).Message;
}
