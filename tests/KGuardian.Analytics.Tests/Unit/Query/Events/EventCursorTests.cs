using KGuardian.Analytics.Query.Cursors;

namespace KGuardian.Analytics.Tests.Unit.Query.Events;

/// <summary>Cursors of events as texts: the store's own and unchanged, of the family that reads them, however old.</summary>
public sealed class EventCursorTests
{
    private readonly CursorSigner _signer = new([1, 2, 3]);

    [Theory]
    [InlineData(0, true, long.MinValue, ulong.MaxValue)]
    [InlineData(1, false, 0, 0)]
    [InlineData(2, true, long.MaxValue, 1)]
    public void Cursor_reads_back_equal(byte direction, bool isInclusive, long micros, ulong id)
    {
        var cursor = new EventCursor((EventDirection)direction, new EventPosition(micros, id), isInclusive);

        var text = _signer.Write(cursor, "one");

        Assert.Equal(CursorSigner.EventText, text.Length);
        Assert.Equal(cursor, _signer.ReadEvent(text, "one"));
    }

    [Fact]
    public void Cursor_that_was_altered_or_is_of_others_is_refused()
    {
        var text = _signer.Write(new EventCursor(EventDirection.Older, new EventPosition(5, 7), false), "one");
        for (var i = 0; i < text.Length; i++)
        {
            var altered = text.ToCharArray();
            altered[i] = altered[i] == 'A' ? 'B' : 'A';
            Assert.Throws<CursorException>(() => _signer.ReadEvent(new string(altered), "one"));
        }

        Assert.Throws<CursorException>(() => _signer.ReadEvent(text, "other"));
        Assert.Throws<CursorException>(() => _signer.ReadEvent(text[..^1], "one"));
        Assert.Throws<CursorException>(() => _signer.ReadEvent(text + "A", "one"));
        Assert.Throws<CursorException>(() => _signer.ReadEvent("", "one"));
        Assert.Throws<CursorException>(() => new CursorSigner([1, 2, 4]).ReadEvent(text, "one"));
        Assert.Throws<CursorException>(() => _signer.ReadTail(text, DateTimeOffset.UnixEpoch));
        var tail = _signer.Write(new TailCursor(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 1, 2));
        Assert.Throws<CursorException>(() => _signer.ReadEvent(tail, "one"));
    }
}
