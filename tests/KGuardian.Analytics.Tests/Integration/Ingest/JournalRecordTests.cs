using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>Records name their columns, so that a later version, which has others, reads them.</summary>
public class JournalRecordTests
{
    [Fact]
    public async Task Journal_of_0_1_0_is_read_value_for_value()
    {
        using var directory = new TestDirectory();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "data", "journal-0.1.0.bin"), Path.Combine(directory.Path, "journal-0"));
        using var journal = new Journal(directory.Path);
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();

        foreach (var block in journal.Replay())
        {
            await client.InsertAsync(new ClickHouseQuery($"INSERT INTO traffic ({FlowBlock.ColumnList}) FORMAT Native"), block.WriteAsync);
        }

        await using var read = await new BrokerTrafficReader(client.Runner()).AllAsync(null, RowFormat.JsonArray, default);
        var rows = await JsonSerializer.DeserializeAsync<SortedDictionary<string, string?>[]>(read.Body);
        var known = JsonSerializer.Deserialize<SortedDictionary<string, string?>[]>(RealFlows.Json)!.ToDictionary(row => row["uuid"]!);
        Assert.Equal(104, rows!.Length);
        Assert.All(rows, row => Assert.Equal(Posted(known[row["uuid"]!]), Posted(row)));
        // What retention counts from was read, too.
        Assert.Equal("2026-11-27\t2026-11-27", await database.SqlAsync("SELECT min(arrival_day), max(arrival_day) FROM traffic"));

        // A field that is not in the event is null in the row.
        static Dictionary<string, string?> Posted(SortedDictionary<string, string?> row) => row
            .Where(field => field.Value is not null).ToDictionary(field => field.Key, field => field.Value);
    }

    [Fact]
    public void Journal_goes_on_behind_a_record_of_0_1_0_and_both_are_read()
    {
        using var directory = new TestDirectory();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "data", "journal-0.1.0.bin"), Path.Combine(directory.Path, "journal-1"));
        using (var journal = new Journal(directory.Path))
        {
            Assert.Equal(104, journal.Replay().Sum(block => block.Rows));
            journal.Append(TestFlows.Block([1, 2]));
        }

        using var again = new Journal(directory.Path);
        Assert.Equal([104, 2], again.Replay().Select(block => block.Rows));
    }

    [Fact]
    public void Journal_with_a_record_of_a_later_kind_is_refused_and_not_taken_for_an_empty_one()
    {
        using var directory = new TestDirectory();
        var path = Path.Combine(directory.Path, "journal-0");
        using (var journal = new Journal(directory.Path))
        {
            _ = journal.Replay();
            journal.Append(TestFlows.Block([1]));
        }

        var bytes = File.ReadAllBytes(path);
        var length = JournalRecord.BytesOf(TestFlows.Block([1])) + 28;
        Assert.Equal("KGJ2"u8.ToArray(), bytes[..4]);
        bytes[3] = (byte)'3';
        File.WriteAllBytes(path, bytes);
        using (var journal = new Journal(directory.Path))
        {
            // Its checksum is not right: it is damage.
            Assert.Empty(journal.Replay());
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), Crc32C([.. bytes[..24], .. bytes[28..length]]));
        File.WriteAllBytes(path, bytes);
        using var later = new Journal(directory.Path);
        var refused = Assert.Throws<InvalidDataException>(() => later.Replay().Count());
        Assert.Contains("KGJ3", refused.Message, StringComparison.Ordinal);

        static uint Crc32C(byte[] record)
        {
            var crc = uint.MaxValue;
            foreach (var part in record)
            {
                crc = System.Numerics.BitOperations.Crc32C(crc, part);
            }

            return crc;
        }
    }

    [Fact]
    public void Column_that_was_not_there_yet_is_null_and_a_port_as_well()
    {
        var whole = TestFlows.Block([1, 2, 3]);

        var read = JournalRecord.Read(Record(whole, without: ["pod_namespace", "pod_port"]));

        Assert.Equal(3, read.Rows);
        Assert.True(read.Keys.SequenceEqual(whole.Keys));
        Assert.Equal([1, 1, 1], Column(read, FlowTable.PodNamespace).Nulls!.Written.ToArray());
        Assert.Equal(Enumerable.Repeat((byte)0xFF, 12), Column(read, FlowTable.PodPort).Values.Written.ToArray());
        Assert.Equal(Column(whole, FlowTable.TimeStamp).Values.Written.ToArray(), Column(read, FlowTable.TimeStamp).Values.Written.ToArray());
    }

    [Fact]
    public void Column_of_a_later_version_is_refused_by_its_name()
    {
        var later = Record(TestFlows.Block([1]), also: ("bytes", "UInt64", new byte[8]));

        var refused = Assert.Throws<InvalidDataException>(() => JournalRecord.Read(later));

        Assert.Contains("bytes UInt64", refused.Message, StringComparison.Ordinal);
        Assert.Contains("a later one wrote it", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Column_of_another_type_is_refused() =>
        Assert.Throws<InvalidDataException>(() =>
            JournalRecord.Read(Record(TestFlows.Block([1]), without: ["version"], also: ("version", "UInt64", new byte[8]))));

    [Fact]
    public void Column_that_comes_twice_is_refused() =>
        Assert.Throws<InvalidDataException>(() => JournalRecord.Read(Record(TestFlows.Block([1]), also: ("version", "UInt32", new byte[4]))));

    [Fact]
    public void Written_record_is_as_the_layout_says()
    {
        var block = TestFlows.Block([7, 8]);

        Assert.Equal(Record(block), TestFlows.Saved(block));
    }

    private static BlockColumn Column(FlowBlock block, FlowColumn column) => block.Columns.Single(held => held.Column == column);

    private static byte[] Record(FlowBlock block, string[]? without = null, params (string Name, string Type, byte[] Bytes)[] also)
    {
        (string, string, byte[])[] columns =
        [
            ("key", "FixedString(16)", block.KeyBytes.Written.ToArray()),
            .. block.Columns.Where(column => without?.Contains(column.Column.Name) != true).Select(column =>
                (column.Column.Name, column.Column.Type.Sql, (byte[])[.. column.Nulls is { } nulls ? nulls.Written : [], .. column.Values.Written])),
            .. also,
        ];
        using var record = new MemoryStream();
        Write(block.Rows);
        Write(columns.Length);
        foreach (var (name, type, bytes) in columns)
        {
            record.WriteByte((byte)name.Length);
            record.Write(Encoding.UTF8.GetBytes(name));
            record.WriteByte((byte)type.Length);
            record.Write(Encoding.UTF8.GetBytes(type));
            Write(bytes.Length);
            record.Write(bytes);
        }

        return record.ToArray();

        void Write(int number)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            record.Write(bytes);
        }
    }
}
