using System.Text;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class EventParserSplitTests
{
    private readonly EventParser _parser = new(new EventParserOptions(), Bodies.Hasher);
    private readonly EventBatch _batch = new();

    // Real events, and between them what takes the slow ways: escapes, other scripts, white space, a rejected row, a mark in front.
    private static readonly byte[] Body =
    [
        .. "\uFEFF [ {\"uuid\":\"bad\", \"x\":[1.5e3,true,{\"\\u00e9\":null}]},17,{}, "u8,
        .. Bodies.Real(3)[1..^1],
        .. Encoding.UTF8.GetBytes(
            ",\n{ \"pod_n\\u0061me\" : \"gr\\u00f6\\ud83d\\ude42\\n\", \"time_stamp\":\"2026-05-12T10:32:14Z\",\"pod_ip\":\"größe 日本\",\r\n"
            + "\"uuid\":\"12EA85BDC73C5AB384E86EF2B26CC852\",\"pod_port\":\"\",\"decision\":null} ]\n\n"),
    ];

    [Fact]
    public void Parse_EverySplitInTwo_IsTheSameAsWhole()
    {
        var whole = Bodies.Outcome(Body, BodyShape.Batch, _parser, _batch);
        Assert.Contains("bad_uuid uuid", whole);
        for (var cut = 0; cut <= Body.Length; cut++)
        {
            Assert.Equal(whole, Bodies.OutcomeInPieces(Body, BodyShape.Batch, _parser, _batch, [cut]));
        }
    }

    [Fact]
    public void Parse_RandomSplitsInThree_IsTheSameAsWhole()
    {
        var random = new Random(7);
        var whole = Bodies.Outcome(Body, BodyShape.Batch, _parser, _batch);
        for (var i = 0; i < 5000; i++)
        {
            int[] cuts = [random.Next(Body.Length + 1), random.Next(Body.Length + 1)];
            Array.Sort(cuts);
            Assert.Equal(whole, Bodies.OutcomeInPieces(Body, BodyShape.Batch, _parser, _batch, cuts));
        }
    }

    [Fact]
    public void Parse_ByteAfterByte_IsTheSameAsWhole()
    {
        var body = Bodies.Real(40);
        Assert.Equal(
            Bodies.Outcome(body, BodyShape.Batch, _parser, _batch),
            Bodies.OutcomeInPieces(body, BodyShape.Batch, _parser, _batch, [.. Enumerable.Range(0, body.Length)]));
    }

    [Fact]
    public void Parse_EveryPrefixAsAWholeBody_IsTruncated()
    {
        var end = Body.AsSpan().LastIndexOf((byte)']');
        for (var length = 0; length <= end; length++)
        {
            // One or two bytes of a byte order mark are no beginning of an array.
            var truncated = length is not (1 or 2);
            var e = Assert.Throws<MalformedBodyException>(() => Bodies.Parse(Body.AsSpan(0, length)));
            Assert.Equal((truncated, truncated ? length : 0L), (e.Truncated, e.ByteOffset));
        }
    }

    [Fact]
    public void Parse_EveryPrefixOfOneEvent_IsTruncated()
    {
        var body = Bodies.OneEvent();
        Assert.Equal(1, Bodies.Parse(body, BodyShape.OneEvent).Count);
        for (var length = 0; length < body.Length; length++)
        {
            var e = Assert.Throws<MalformedBodyException>(() => Bodies.Parse(body.AsSpan(0, length), BodyShape.OneEvent));
            Assert.Equal((true, (long)length), (e.Truncated, e.ByteOffset));
        }
    }

    [Fact]
    public void Parse_IncompleteLastRow_LeavesItAndNothingOfItInTheBatch()
    {
        var body = Bodies.Real(2);
        var secondRow = body.AsSpan().LastIndexOf((byte)'{');
        _parser.Begin(BodyShape.Batch);
        for (var length = secondRow + 1; length < body.Length - 1; length++)
        {
            _batch.Clear();
            _parser.Begin(BodyShape.Batch);
            Assert.Equal(secondRow, _parser.Parse(body.AsSpan(0, length), false, _batch));
            Assert.Equal((1, 0), (_batch.Count, _batch.RejectedCount));
        }
    }

    [Fact]
    public void Rows_read_as_they_stream_by_come_to_the_same_as_whole_ones_at_every_split()
    {
        // Nothing but the shortest rows is looked at whole.
        var streaming = new EventParser(new EventParserOptions { MaxWholeRowBytes = 3 }, Bodies.Hasher);
        foreach (var text in new[]
        {
            "[1,\"0123456789abc\"]", "[\"0123456789a\\u0041\"]", "[\"0123456789abcde\n\"]", "[123456789012.5]", "[-0.1234567890e5]", "[-]", "[01]",
            "[1.]", "[1e]", "[1e+,2]", "[{\"a\":\"0123456789\",\"b\":\"0123456789\"}]", "[[[[[1]]]]]", "[{\"0123456789abc\":1}]",
            "[[1,2,3,4,5,6,7,8,9,10,11,12,13,!]]", "[{\"a\":[1}]}]", "[{\"pod_name\":\"a\",\"pod_name\":7,\"uuid\":null,\"x\":{\"uuid\":\"y\"}}]",
            "[{\"pod_name\" \"a\"}]", "[{\"a\":1,}]", "[{,}]", "[nulL]", "[\"\\x\"]", "[\"\\u00g0\"]", "[true false]",
        }.Select(Encoding.UTF8.GetBytes).Append(Body))
        {
            var whole = Bodies.Outcome(text, BodyShape.Batch, _parser, _batch);
            Assert.Equal(whole, Bodies.Outcome(text, BodyShape.Batch, streaming, _batch));
            for (var cut = 0; cut <= text.Length; cut++)
            {
                Assert.Equal(whole, Bodies.OutcomeInPieces(text, BodyShape.Batch, streaming, _batch, [cut]));
            }

            Assert.Equal(whole, Bodies.OutcomeInPieces(text, BodyShape.Batch, streaming, _batch, [.. Enumerable.Range(0, text.Length)]));
        }
    }

    [Fact]
    public void Parse_WarmedUpAndWithoutRejects_AllocatesNothing()
    {
        var body = Bodies.Real(100);
        for (var i = 0; i < 3; i++)
        {
            Parse();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
        {
            Parse();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Parse()
        {
            _batch.Clear();
            _parser.Begin(BodyShape.Batch);
            var done = _parser.Parse(body.AsSpan(0, body.Length / 2), false, _batch);
            _parser.Parse(body.AsSpan(done), true, _batch);
        }
    }

    [Fact]
    public void Clear_AfterAHugeBatch_GivesItsMemoryBack()
    {
        var body = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat(Encoding.UTF8.GetString(Bodies.OneEvent()), 17_000)) + "]");
        _parser.Begin(BodyShape.Batch);
        _parser.Parse(body, true, _batch);
        Assert.Equal(17_000, _batch.Count);

        // A batch of ordinary size again: what it allocates shows that the large buffers are gone.
        var before = GC.GetAllocatedBytesForCurrentThread();
        _batch.Clear();
        Assert.NotEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal((0, 0), (_batch.Count, _batch.Text.Length));
    }
}
