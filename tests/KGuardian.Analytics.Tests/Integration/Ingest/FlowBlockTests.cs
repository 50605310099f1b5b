using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public class FlowBlockTests
{
    [Fact]
    public void Save_and_load_give_the_same_block()
    {
        var block = TestFlows.Block(Enumerable.Range(0, 500));

        var loaded = JournalRecord.Read(TestFlows.Saved(block));

        Assert.Equal(500, loaded.Rows);
        Assert.Equal(TestFlows.Saved(block), TestFlows.Saved(loaded));
        Assert.True(block.Keys.SequenceEqual(loaded.Keys));
    }

    [Fact]
    public void Append_of_blocks_and_rows_is_the_block_of_all()
    {
        var batch = TestFlows.Batch(Enumerable.Range(0, 100));
        var arrival = new Arrival(20_000, 7);
        var parts = new FlowBlock();
        parts.Append(batch, [.. Enumerable.Range(0, 30)], arrival);
        var rest = new FlowBlock();
        rest.Append(batch, [.. Enumerable.Range(30, 70)], arrival);

        parts.Append(rest);
        parts.Append(new FlowBlock());

        Assert.Equal(TestFlows.Saved(TestFlows.Block(batch)), TestFlows.Saved(parts));
    }

    [Fact]
    public void Where_keeps_the_rows_asked_for_as_if_only_they_had_been_added() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(Gen.Elements(true, false).ListOf(40).ToArbitrary(), keep =>
        {
            var batch = TestFlows.Batch(Enumerable.Range(0, keep.Count));
            var kept = keep.Index().Where(row => row.Item).Select(row => row.Index).ToArray();
            var expected = new FlowBlock();
            expected.Append(batch, kept, new Arrival(20_000, 7));
            var keys = expected.Keys.ToArray();

            return TestFlows.Saved(TestFlows.Block(batch).Where((key, _) => keys.Contains(key))).AsSpan().SequenceEqual(TestFlows.Saved(expected));
        }));

    [Fact]
    public void Clear_leaves_an_empty_block_that_takes_rows_again()
    {
        var block = TestFlows.Block([1, 2, 3]);

        block.Clear();

        Assert.Equal((0, 0L), (block.Rows, block.Bytes));
        block.Append(TestFlows.Block([4]));
        Assert.Equal(1, block.Rows);
    }

    [Fact]
    public void Load_of_every_prefix_is_refused()
    {
        var saved = TestFlows.Saved(TestFlows.Block([1, 2, 3]));

        for (var length = 0; length < saved.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => JournalRecord.Read(saved.AsSpan(0, length)));
        }

        Assert.Throws<InvalidDataException>(() => JournalRecord.Read([.. saved, 0]));
    }

    [Fact]
    public void Load_of_changed_lengths_is_refused()
    {
        var saved = TestFlows.Saved(TestFlows.Block([1, 2, 3]));
        for (var at = 0; at + 4 <= saved.Length; at++)
        {
            foreach (var value in new[] { -1, int.MinValue, int.MaxValue, BitConverter.ToInt32(saved, at) + 1 })
            {
                var changed = saved.ToArray();
                BitConverter.TryWriteBytes(changed.AsSpan(at), value);
                // Other bytes of a value make another value; a length or a count that does not fit never makes a block.
                try
                {
                    var loaded = JournalRecord.Read(changed);
                    Assert.Equal((3, saved.Length), (loaded.Rows, JournalRecord.BytesOf(loaded)));
                    Assert.Equal(3, loaded.Where((_, _) => true).Rows);
                }
                catch (InvalidDataException)
                {
                    continue;
                }
            }
        }
    }

    [Fact]
    public async Task Write_is_what_ClickHouse_reads_value_for_value()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        string?[] texts = [null, "", "plain", "ünïcødé 😀", "a\"b\\c\t\n\u0001/", new('x', 127), new('y', 128), new('z', 1024)];
        var events = texts.Select((text, i) => new SortedDictionary<string, string?>
        {
            ["uuid"] = $"{i:x8}-1234-5678-9abc-def012345678",
            ["pod_name"] = text,
            ["pod_namespace"] = text,
            ["pod_ip"] = text,
            ["ip_protocol"] = text,
            ["traffic_type"] = text,
            ["traffic_in_out_ip"] = text,
            ["decision"] = text,
            ["pod_port"] = new[] { null, "", "0", "00", "65535", "0443", "1", "000" }[i],
            ["traffic_in_out_port"] = new[] { "", null, "65535", "0", "00065535", "8", "80", "08" }[i],
            ["time_stamp"] = new[]
            {
                "1900-01-01T00:00:00.000000", "2299-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999", "1970-01-01T00:00:00.000000",
                "2025-01-01T00:00:00.100000", "2025-01-01T00:00:00.000001", "2050-05-05T05:05:05.050505", "2200-01-01T00:00:00.000000",
            }[i],
        }).ToArray();
        var block = TestFlows.Block(TestFlows.Parse(JsonSerializer.Serialize(events)));

        await client.InsertAsync(new ClickHouseQuery($"INSERT INTO traffic ({FlowBlock.ColumnList}) FORMAT Native"), block.WriteAsync);

        await using var read = await new BrokerTrafficReader(client.Runner()).AllAsync(null, RowFormat.JsonArray, default);
        var rows = await JsonSerializer.DeserializeAsync<SortedDictionary<string, string?>[]>(read.Body);
        Assert.Equal(events.OrderBy(e => e["uuid"]), rows!.OrderBy(e => e["uuid"]));
        Assert.Equal("20000\t7\t8", await database.SqlAsync("SELECT toUInt16(any(arrival_day)), any(version), count() FROM traffic"));
    }

    [Fact]
    public void Divided_block_has_every_row_in_the_part_of_its_key()
    {
        var block = TestFlows.Block(Enumerable.Range(0, 500));
        FlowBlock[] parts = [new(), new(), new()];

        block.Divide(parts);

        Assert.Equal(block.Rows, parts.Sum(part => part.Rows));
        Assert.All(parts.Index(), part => Assert.All(part.Item.Keys.ToArray(), key => Assert.Equal((ulong)part.Index, key.Lo % 3)));
        for (var i = 0; i < parts.Length; i++)
        {
            var wanted = (ulong)i;
            Assert.Equal(TestFlows.Saved(block.Where((key, _) => key.Lo % 3 == wanted)), TestFlows.Saved(parts[i]));
        }
    }
}
