using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Tests.Unit.Query;

/// <summary>Cursors as texts: only the store's own, unchanged and young ones can be read.</summary>
public sealed class CursorSignerTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 12, 12, 0, 0, TimeSpan.Zero);
    private static readonly FlowSelection Selection = new(new TimeWindow(Now.AddHours(-6), Now), FlowFilter.Parse("pod = api"));
    private static readonly FlowCursor Cursor = FlowCursor.Behind(
        new FlowKeyset(-5, new FlowIdentity("31302E302E302E31", 0, null, "", -1, "544350", null)),
        Selection, newestFirst: true, Now, Now.AddMinutes(1));

    private readonly CursorSigner _signer = new([1, 2, 3]);

    [Fact]
    public void Cursor_reads_back_equal() => Assert.Equal(Cursor, _signer.Read(_signer.Write(Cursor), Now.AddHours(1)));

    [Fact]
    public void Cursor_behind_a_flow_of_the_longest_texts_reads_back_equal()
    {
        var text = Convert.ToHexString(new byte[new EventParserOptions().MaxFieldBytes]);
        var cursor = Cursor with { Position = new FlowKeyset(long.MinValue, new FlowIdentity(text, int.MaxValue, text, text, int.MinValue, text, text)) };

        var written = _signer.Write(cursor);

        Assert.Equal(CursorSigner.LongestText, written.Length);
        Assert.Equal(cursor, _signer.Read(written, Now));
        Assert.Throws<CursorException>(() => _signer.Read(written + "A", Now));
    }

    // Signed with this test's key, as 0.1.0 wrote it: version 1, with a uuid.
    [Fact]
    public void Cursor_of_an_older_version_is_refused()
    {
        Span<byte> bytes = stackalloc byte[74];
        bytes[0] = 1;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], Now.UtcTicks);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes[9..], Now.UtcTicks);
        System.Security.Cryptography.HMACSHA256.HashData([1, 2, 3], [.. "flows cursor "u8, .. bytes[..58]])[..16].CopyTo(bytes[58..]);

        Assert.Contains("version", Refusal(System.Buffers.Text.Base64Url.EncodeToString(bytes)), StringComparison.Ordinal);
    }

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
        Assert.All(
            [text + "A", text + "AAAA", text + "=", " " + text, text[..^4]],
            altered => Assert.Contains("altered", Refusal(altered), StringComparison.Ordinal));
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
                {
                    continue;
                }

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
