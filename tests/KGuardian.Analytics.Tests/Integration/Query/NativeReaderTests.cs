using System.Text;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>What ClickHouse writes in its Native format is read as it is, and nothing else is.</summary>
public sealed class NativeReaderTests
{
    private const string Sql = """
        SELECT toInt32(number) - 2 AS i, toFixedString(toString(number % 10), 1) AS f, toDateTime64(number, 6, 'UTC') AS d, [NULL, '', 'a', 'a'][1 + number % 4] AS n,
            toLowCardinality([NULL, '', 'b', 'b'][1 + number % 4]) AS ln, toLowCardinality(toString(number % 3)) AS l, toString(number) AS s
        FROM numbers({0}) SETTINGS max_block_size = {1}
        """;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(100, 4096)]
    [InlineData(70_000, 70_000)]
    public async Task Every_value_is_read_however_its_bytes_come(int rows, int blockRows)
    {
        var bytes = await AskAsync(rows, blockRows);

        foreach (var piece in new[] { 1, 1000, int.MaxValue }.Where(piece => piece > 1 || rows < 1000))
        {
            var expected = Enumerable.Range(0, rows).Select(n => string.Join('|',
                n - 2, n % 10, n * 1_000_000L,
                ((string?[])[null, "", "a", "a"])[n % 4] ?? "NULL", ((string?[])[null, "", "b", "b"])[n % 4] ?? "NULL", n % 3, n));
            Assert.Equal(expected, await ReadAsync(bytes, piece));
        }
    }

    [Fact]
    public async Task Answer_without_rows_has_no_block() => Assert.Empty(await ReadAsync(await AskAsync(0, 1), 1));

    [Fact]
    public async Task Cut_answer_is_an_error_wherever_it_is_cut()
    {
        var bytes = await AskAsync(6, 6);
        for (var length = 1; length < bytes.Length; length++)
        {
            await Assert.ThrowsAsync<ClickHouseException>(() => ReadAsync(bytes[..length], int.MaxValue));
        }
    }

    [Theory]
    // 2^63 columns; 2^63 rows; a name of 2^35 bytes; a billion rows of one byte each.
    [InlineData("ffffffffffffffffff01")]
    [InlineData("01ffffffffffffffffff01")]
    [InlineData("0101ffffffffff0f")]
    [InlineData("0180a8d6b907016105" + "55496e7438")]
    // A FixedString wider than a block; dictionaries of 2^64 entries, and with an entry of 2^30 bytes.
    [InlineData("0101" + "0161" + "17" + "4669786564537472696e672832303030303030303030" + "29")]
    [InlineData("0101" + "0161" + "16" + "4c6f7743617264696e616c69747928537472696e6729" + "0100000000000000" + "0006000000000000" + "ffffffffffffffff")]
    [InlineData(
        "0101" + "0161" + "16" + "4c6f7743617264696e616c69747928537472696e6729"
        + "0100000000000000" + "0006000000000000" + "0100000000000000" + "8080808004")]
    // No columns; a type that is not read; an index without an entry.
    [InlineData("0001")]
    [InlineData("0101" + "0161" + "03" + "4d6170")]
    [InlineData(
        "0101" + "0161" + "16" + "4c6f7743617264696e616c69747928537472696e6729"
        + "0100000000000000" + "0006000000000000" + "0100000000000000" + "00" + "0100000000000000" + "01")]
    public async Task Claims_are_errors_and_take_no_memory(string hex)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        await Assert.ThrowsAsync<ClickHouseException>(() => ReadAsync(Convert.FromHexString(hex), int.MaxValue));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public Task Damaged_answers_are_read_or_refused() => FuzzAsync(Fuzz.Seed(31), 20_000);

    [Theory]
    [Trait("Length", "Long")]
    [InlineData(1031)]
    public Task Ten_million_damaged_answers_are_read_or_refused(int seed) => FuzzAsync(Fuzz.Seed(seed), Fuzz.LongInputs);

    private static async Task FuzzAsync(int seed, int inputs)
    {
        var whole = await AskAsync(40, 16);
        var random = new Random(seed);
        for (var i = 0; i < inputs; i++)
        {
            var bytes = whole.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
            }

            try
            {
                await ReadAsync(bytes[..random.Next(1, bytes.Length + 1)], random.Next(2) == 0 ? int.MaxValue : 50);
            }
            catch (ClickHouseException)
            {
                // As it has to be; anything else fails the test.
                continue;
            }
        }
    }

    private static async Task<byte[]> AskAsync(int rows, int blockRows)
    {
        await using var database = await SharedNode.CreateDatabaseAsync();
        using var client = database.Client();
        await using var result = await client.StreamAsync(new ClickHouseQuery(
            $"{Sql.Replace("{0}", $"{rows}", StringComparison.Ordinal).Replace("{1}", $"{blockRows}", StringComparison.Ordinal)} FORMAT Native"));
        using var bytes = new MemoryStream();
        await result.Body.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes, int piece)
    {
        var reader = new NativeReader(new ScriptedStream(bytes, piece), "id");
        var rows = new List<string>();
        while (await reader.ReadAsync(default))
        {
            for (var row = 0; row < reader.Rows; row++)
            {
                rows.Add(string.Join('|', reader.Columns.Select(column => Text(column, row))));
            }
        }

        return rows;
    }

    private static string Text(NativeColumn column, int row)
    {
        if (column is TextColumn texts)
        {
            var entry = texts.Indexes[row];
            return texts.IsNull(entry) ? "NULL" : Encoding.UTF8.GetString(texts.Entry(entry));
        }

        var values = (FixedColumn)column;
        var value = values.Values.Slice(row * values.Width, values.Width);
        return values.Width switch
        {
            4 => $"{BitConverter.ToInt32(value)}",
            8 => $"{BitConverter.ToInt64(value)}",
            _ => Encoding.Latin1.GetString(value),
        };
    }
}
