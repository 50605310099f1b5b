using System.Buffers.Binary;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using KGuardian.Analytics.Ingest.Arrow;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>Bodies of Arrow come to the same rows as those of JSON, or are refused.</summary>
public sealed class ArrowBodyTests
{
    private const long MaxBytes = 1 << 20;

    private static readonly FlowEvent Flow = FlowEvent.Of("pod", 1);

    public static TheoryData<string, string, TimeUnit?, bool, CompressionCodecType?, bool> Forms => new()
    {
        { "utf8", "exported", TimeUnit.Microsecond, false, null, false },
        { "utf8", "text", null, true, CompressionCodecType.Lz4Frame, false },
        { "large", "u16", TimeUnit.Nanosecond, false, CompressionCodecType.Zstd, false },
        { "view", "i32", TimeUnit.Microsecond, false, null, true },
        { "binary", "u64", TimeUnit.Nanosecond, false, CompressionCodecType.Zstd, true },
        { "dictionary", "i64", TimeUnit.Microsecond, true, null, false },
        { "dictionary", "f64", null, false, CompressionCodecType.Lz4Frame, true },
        { "utf8", "i16", TimeUnit.Millisecond, false, null, false },
        { "view", "i8", TimeUnit.Second, false, null, false },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Read_AnyForm_GivesTheRowsOfJson(string texts, string ports, TimeUnit? time, bool uuid, CompressionCodecType? codec, bool isFile)
    {
        var precision = time switch { TimeUnit.Second => 19, TimeUnit.Millisecond => 23, _ => 26 };
        var flows = FlowEvent.Many("pod", 250).Select((flow, n) => flow with
        {
            PodPort = n % 7 == 0 ? null : "80",
            Decision = n % 5 == 0 ? null : "größe",
            PodNamespace = n % 3 == 0 ? "" : "a namespace of more than twelve bytes",
            TrafficInOutPort = ports is "exported" or "text" && n % 2 == 0 ? "007" : "1",
            TimeStamp = flow.TimeStamp![..precision].PadRight(20, precision == 19 ? '.' : '0').PadRight(26, '0'),
        }).ToArray();

        var batch = await ReadAsync(ArrowBodies.Of(flows, new ArrowForm(texts, ports, time, uuid, codec, isFile)));

        Assert.Equal(Bodies.Describe(Bodies.Parse(FlowEvent.Batch(flows))), Bodies.Describe(batch));
        Assert.Equal(250, batch.Count);
    }

    [Fact]
    public async Task Read_RowsThatCannotBeStored_GoAsideWithReasonPlaceAndText()
    {
        FlowEvent[] flows =
        [
            Flow, Flow with { Uuid = null }, Flow with { Uuid = "x", TimeStamp = "y" }, Flow with { TimeStamp = null }, Flow with { TimeStamp = "yesterday" },
            Flow with { PodPort = "65536" }, Flow with { PodName = new string('x', 1025) }, FlowEvent.Of("pod", 2), Flow with { TimeStamp = "" },
        ];
        foreach (var texts in (string[])["utf8", "large", "view", "dictionary"])
        {
            var batch = await ReadAsync(ArrowBodies.Of(flows, new ArrowForm(texts, "text", Time: null, Rows: 5)));

            Assert.Equal(3, batch.Count);
            Assert.Equal(1, batch.TimeUnknownCount);
            Assert.Equal(
                [(1, "missing_uuid"), (2, "bad_uuid"), (3, "missing_time"), (4, "bad_time"), (5, "bad_port"), (6, "too_long")],
                batch.Rejected.Select(row => (row.Row, row.Reason.Name())));
            Assert.Contains("\"time_stamp\":\"yesterday\"", Encoding.UTF8.GetString(batch.Rejected[3].Raw.Span), StringComparison.Ordinal);
        }

        var bytes = new BinaryArray.Builder().Append([0xFF, 0xFE]).Build();
        var invalid = await ReadAsync(ArrowBodies.Of([Row(("pod_name", bytes))]));
        Assert.Equal((RejectReason.InvalidUtf8, "pod_name"), (invalid.Rejected[0].Reason, invalid.Rejected[0].Field));
        var numbers = await ReadAsync(ArrowBodies.Of([Row(("pod_port", new Int64Array.Builder().Append(-1).Build()))]));
        Assert.Equal(RejectReason.BadPort, numbers.Rejected[0].Reason);
        var halves = await ReadAsync(ArrowBodies.Of([Row(("pod_port", new DoubleArray.Builder().Append(1.5).Build()))]));
        Assert.Equal(RejectReason.BadPort, halves.Rejected[0].Reason);
        var late = new TimestampArray(new ArrayData(
            new TimestampType(TimeUnit.Second, (string?)null), 1, 0, 0,
            [ArrowBuffer.Empty, new ArrowBuffer.Builder<long>().Append(long.MaxValue / 2).Build()], (ArrayData[]?)null));
        var times = await ReadAsync(ArrowBodies.Of([ArrowBodies.Of(("uuid", ArrowBodies.Texts("utf8", [Flow.Uuid])), ("time_stamp", late))]));
        Assert.Equal(RejectReason.BadTime, times.Rejected[0].Reason);
    }

    [Fact]
    public async Task Read_WrongColumns_NamesTheColumnAndWhatIsAllowed()
    {
        var uuid = ("uuid", ArrowBodies.Texts("utf8", [Flow.Uuid]));
        var number = new Int64Array.Builder().Append(1).Build();
        await AssertAsync("uuid", "is missing", ArrowBodies.Of(("x", number)));
        await AssertAsync("time_stamp", "is missing", ArrowBodies.Of(uuid));
        await AssertAsync("uuid", "is missing", ArrowBodies.Of());
        await AssertAsync("time_stamp", "is int64", ArrowBodies.Of(uuid, ("time_stamp", number)));
        await AssertAsync("pod_name", "is int64", Row(("pod_name", number)));
        await AssertAsync("pod_port", "is timestamp", Row(("pod_port", new TimestampArray.Builder(TimeUnit.Second).Append(DateTimeOffset.UnixEpoch).Build())));
        await AssertAsync("uuid", "is there twice", Row(uuid));
        var list = new ListArray.Builder(StringType.Default);
        list.AppendNull();
        await AssertAsync("decision", "is list", Row(("decision", list.Build())));

        static async Task AssertAsync(string column, string problem, RecordBatch batch)
        {
            var refused = await Assert.ThrowsAsync<NotArrowException>(() => ReadAsync(ArrowBodies.Of([batch])));
            Assert.Equal(column, refused.Column);
            Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
            Assert.NotEqual("", refused.Allowed);
        }
    }

    [Fact]
    public async Task Read_WhatIsNoStream_IsRefused()
    {
        var body = ArrowBodies.Of([Flow], new ArrowForm());
        await AssertAsync("empty", []);
        await AssertAsync("metadata", "[{\"uuid\":1}]"u8.ToArray());
        await AssertAsync("neither", "ARROW2\0\0"u8.ToArray());
        await AssertAsync("more behind", [.. body, .. body]);
        // Without the mark of the end between them.
        await AssertAsync("second schema", [.. body[..^8], .. body]);
        await AssertAsync("does not end as one", ArrowBodies.Of([Flow], new ArrowForm(IsFile: true))[..^1]);
        for (var length = 1; length < body.Length - 8; length += 37)
        {
            await AssertAsync("Not an Arrow stream", body[..length]);
        }

        // A schema, and nothing of it.
        var none = ArrowBodies.Texts("utf8", []);
        Assert.Equal(0, (await ReadAsync(ArrowBodies.Of([ArrowBodies.Of(("uuid", none), ("time_stamp", none))]))).Count);

        static async Task AssertAsync(string problem, byte[] body) => Assert.Contains(
            problem, (await Assert.ThrowsAsync<NotArrowException>(() => ReadAsync(body))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_WhatUnpacksToMore_IsTooLarge()
    {
        var nothing = Enumerable.Repeat(Flow with { PodName = new string('x', 1000) }, 5_000).ToArray();
        var packed = ArrowBodies.Of(nothing, new ArrowForm(Codec: CompressionCodecType.Zstd));
        Assert.InRange(packed.Length, 1, MaxBytes / 2);
        await Assert.ThrowsAsync<BodyTooLargeException>(() => ReadAsync(packed));
        await Assert.ThrowsAsync<BodyTooLargeException>(() => ReadAsync(ArrowBodies.Of(nothing, new ArrowForm())));
        // Rows that take nothing in the body.
        var rows = new NullArray(1_000_000);
        await Assert.ThrowsAsync<BodyTooLargeException>(() => ReadAsync(ArrowBodies.Of([ArrowBodies.Of(("uuid", rows), ("time_stamp", rows))])));

        // A body that claims 1.9 GB.
        var body = ArrowBodies.Of([Flow], new ArrowForm());
        var at = 8 + BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(4));
        var begin = GC.GetTotalAllocatedBytes();
        var claims = 0;
        for (var i = at; i < at + 200; i++)
        {
            var claiming = body.ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(claiming.AsSpan(i), 1_900_000_000);
            claims += await OutcomeAsync(claiming) is BodyTooLargeException ? 1 : 0;
        }

        Assert.InRange(claims, 1, 200);
        Assert.InRange(GC.GetTotalAllocatedBytes() - begin, 0, 400L << 20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Read_MutatedBodies_AreReadOrRefusedWithinTheMemory(int seed)
    {
        const int Rounds = 3_000;
        var random = new Random(Fuzz.Seed(seed));
        var flows = FlowEvent.Many("pod", 12);
        byte[][] bodies =
        [
            .. Forms.Select(form => form.Data).Select(form => ArrowBodies.Of(
                flows, new ArrowForm(form.Item1, form.Item2 == "i8" ? "i32" : form.Item2, form.Item3, form.Item4, form.Item5, form.Item6, Rows: 5))),
            ArrowBodies.Of([Row(("nested", new StructArray(
                new StructType([new Field("a", StringType.Default, true)]), 1, [ArrowBodies.Texts("utf8", ["b"])], ArrowBuffer.Empty)))]),
        ];
        var refused = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var body = bodies[random.Next(bodies.Length)].ToArray();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                var at = random.Next(body.Length - 4);
                if (random.Next(3) > 0)
                {
                    body[at] = (byte)random.Next(256);
                }
                else
                {
                    BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at), random.Next(4) switch { 0 => int.MaxValue, 1 => -1, 2 => 0, _ => random.Next() });
                }
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            var outcome = await OutcomeAsync(random.Next(5) == 0 ? body[..random.Next(body.Length)] : body);

            refused += outcome is null ? 0 : 1;
            Assert.True(outcome is null or NotArrowException or BodyTooLargeException, $"seed {seed}, round {i}: {outcome}");
            // What was read lies in memory of the pool; the rest is what rows, dictionaries and metadata come to.
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 * MaxBytes, $"seed {seed}, round {i}: {outcome}");
        }

        Assert.InRange(refused, Rounds / 4, Rounds * 99 / 100);
    }

    private static RecordBatch Row(params (string, IArrowArray)[] columns) => ArrowBodies.Of(
        [("uuid", ArrowBodies.Texts("utf8", [Flow.Uuid])), ("time_stamp", ArrowBodies.Texts("utf8", [Flow.TimeStamp])), .. columns]);

    private static async Task<Exception?> OutcomeAsync(byte[] body)
    {
        try
        {
            await ReadAsync(body);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static async Task<EventBatch> ReadAsync(byte[] body)
    {
        var batch = new EventBatch();
        // Not as an array that Apache's reader could read in place.
        using var stream = new MemoryStream(body, writable: false);
        await new ArrowBodyReader(new EventParserOptions(), Bodies.Hasher).ReadAsync(stream, batch, MaxBytes, TestContext.Current.CancellationToken);
        return batch;
    }
}
