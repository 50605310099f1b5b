using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Rows.Rendering;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>Rows that are rendered here are those of ClickHouse's own formatter, byte for byte.</summary>
public sealed class RowOutputTests() : DatabaseTest(isMigrated: true)
{
    private static readonly RowFormat[] Rendered = [RowFormat.JsonArray, RowFormat.JsonLines, RowFormat.Csv];

    /// <summary>Some that nobody writes, as ingest takes ports of up to 1,024 digits, but a table may hold.</summary>
    private static readonly int[] Ports =
    [
        -1, -2, 0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 65535, 65536, 65536 + 443, (3 * 65536) + 65535, (1023 * 65536) + 9,
        -3, -65536, -70_000, int.MinValue, 200_000_000,
    ];

    private static readonly long[] Times =
    [
        0, 1, -1, -1_000_001, 59_999_999, 60_000_000, 1_778_580_854_123_456, 951_782_400_000_000, -2_208_988_800_000_000, -2_208_988_800_000_001,
        10_413_791_999_999_999, 10_413_792_000_000_000, -62_167_219_200_000_000, -62_167_219_200_000_001, -62_150_000_000_000_007, -62_135_596_800_000_000,
        253_402_300_799_999_999, 253_402_300_800_000_000, long.MinValue, long.MinValue + 59_000_000, long.MaxValue,
    ];

    [Theory]
    [InlineData(0, 8192, 1)]
    [InlineData(1, 8192, 2)]
    [InlineData(1000, 7, 3)]
    [InlineData(20_000, 8192, 4)]
    [InlineData(20_000, 65_409, 5)]
    public async Task Rows_are_those_of_ClickHouse(int rows, int blockRows, int seed)
    {
        var random = new Random(Fuzz.Seed(seed));
        await InsertAsync(random, rows);
        foreach (var format in Rendered)
        {
            await AssertSameAsync(new RowOutput(format, FlowTable.Shown) { Zone = "" }, RowSelect.Posted(), blockRows, random);
            await AssertSameAsync(new RowOutput(format, FlowTable.Shown), RowSelect.Columns(FlowTable.Shown, format), blockRows, random);
            foreach (var column in FlowTable.Shown)
            {
                // Each by itself, so that it is the first and the last; and some in another order.
                await AssertSameAsync(new RowOutput(format, [column]), RowSelect.Columns([column], format), blockRows, random);
            }

            FlowColumn[] some = [.. FlowTable.Shown.OrderBy(_ => random.Next()).Take(4)];
            await AssertSameAsync(new RowOutput(format, some), RowSelect.Columns(some, format), blockRows, random);
        }
    }

    [Theory]
    [InlineData(RowFormat.JsonArray)]
    [InlineData(RowFormat.Csv)]
    public async Task Late_error_is_thrown_behind_the_rows_before_it(RowFormat format)
    {
        var output = new RowOutput(format, [FlowTable.PodPort]);
        await using var result = await output.ReadAsync(Client.StreamAsync(output.Ask(new ClickHouseQuery(
            "SELECT toInt32(number + throwIf(number = 3000000)) % 1000 AS pod_port FROM numbers(4000000) SETTINGS max_threads = 1"))));
        using var read = new MemoryStream();

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => result.Body.CopyToAsync(read));

        Assert.Equal(ClickHouseFailure.Refused, error.Failure);
        Assert.NotEqual(0, read.Length);
        Assert.DoesNotContain("__exception__", Encoding.UTF8.GetString(read.ToArray()), StringComparison.Ordinal);
        if (format == RowFormat.JsonArray)
        {
            Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(read.ToArray()));
        }
    }

    [Fact]
    public async Task No_more_is_taken_from_ClickHouse_than_a_block_while_its_reader_waits()
    {
        await InsertAsync(new Random(Fuzz.Seed(6)), 1000);
        var output = new RowOutput(RowFormat.JsonLines, FlowTable.Shown);
        var native = await ReadAsync(await Client.StreamAsync(Query(output.Ask, output.Select, 1000)), 1 << 16);
        // The same blocks again and again.
        byte[] many = [.. Enumerable.Repeat(native, 20).SelectMany(bytes => bytes)];
        const int Piece = 1000;
        var taken = 0;
        await using var stream = new RowTextStream(
            new ScriptedStream(many, Piece, afterPiece: () => taken += Piece), "id",
            RowText.JsonLines([.. FlowTable.Shown.Select(column => column.Name)]), FlowTable.Shown, "Z");

        Assert.Equal(1, await stream.ReadAsync(new byte[1]));

        // A piece may be cut where the buffer grew.
        Assert.InRange(taken, 1, native.Length + (20 * Piece));
    }

    private async Task AssertSameAsync(RowOutput output, string select, int blockRows, Random random)
    {
        var expected = await ReadAsync(await Client.StreamAsync(Query(query => query.InFormat(output.Format), select, blockRows)), 1 << 16);
        // Buffers in which no row fits, one or many.
        var rendered = await ReadAsync(
            await output.ReadAsync(Client.StreamAsync(Query(output.Ask, output.Select, blockRows))),
            random.Next(3) switch { 0 => 257, 1 => 20_000, _ => 1 << 18 });

        var at = expected.AsSpan().CommonPrefixLength(rendered);
        Assert.True(
            at == expected.Length && at == rendered.Length,
            $"{output.Format} of {output.Select}: at {at}, {Around(expected, at)} became {Around(rendered, at)}");
    }

    private static string Around(byte[] bytes, int at) => Encoding.Latin1.GetString(bytes.AsSpan(Math.Max(0, at - 40)..Math.Min(bytes.Length, at + 40)));

    private static ClickHouseQuery Query(Func<ClickHouseQuery, ClickHouseQuery> ask, string select, int blockRows) =>
        ask(new ClickHouseQuery($"SELECT {select} FROM traffic AS t ORDER BY {FlowOrder.NewestFirst}")).WithSetting("max_block_size", $"{blockRows}");

    private static async Task<byte[]> ReadAsync(ClickHouseResult opened, int buffer)
    {
        await using var result = opened;
        using var bytes = new MemoryStream();
        var piece = new byte[buffer];
        while (await result.Body.ReadAsync(piece) is > 0 and var read)
        {
            bytes.Write(piece, 0, read);
        }

        return bytes.ToArray();
    }

    private Task<string> InsertAsync(Random random, int rows)
    {
        var texts = string.Join(", ", Texts(random).Select(text => text is null ? "NULL" : $"unhex('{Convert.ToHexString(text)}')"));
        // Of few different values, of many, or of both.
        string Text(int salt) =>
            $"if(cityHash64(number, {salt}) % 3 = 0 AND number % 5000 > 2000, toString(number), "
            + $"[{texts}][1 + cityHash64(number, {salt}, 1) % {TextCount}])";
        string One<T>(T[] values, string type, int salt) =>
            $"{type}([{string.Join(", ", values.Select(value => $"'{value}'"))}][1 + cityHash64(number, {salt}) % {values.Length}])";
        return Database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port, decision,
                time_stamp, arrival_day, version)
            SELECT reinterpretAsFixedString(sipHash128(number)), {Text(1)}, {Text(2)}, {Text(3)}, {One(Ports, "toInt32", 4)}, {Text(5)}, {Text(6)}, toString(number), {One(Ports, "toInt32", 8)},
                {Text(9)}, reinterpret(if(number % 2 = 0, {One(Times, "toInt64", 10)}, toInt64(1778580854123456 + number * 777777)), 'DateTime64(6, ''UTC'')'), today(), 1
            FROM numbers({rows})
            """);
    }

    private const int TextCount = 40;

    /// <summary>Every byte, whatever needs an escape, UTF-8 that is none, and long ones.</summary>
    private static IEnumerable<byte[]?> Texts(Random random)
    {
        yield return null;
        yield return [];
        yield return [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        yield return [.. "\u2028 \u2029\u2028"u8, 0xE2, 0x80];
        yield return [0xE2];
        yield return [.. "\r\n__exception__\r\n"u8];
        yield return [.. Enumerable.Repeat((byte)'"', 1024)];
        yield return [.. Enumerable.Repeat((byte)1, 1024)];
        byte[] alphabet = [.. "\"\\/,\n\r\t\b\f\0\u007f'<>&{}[]: aZ0é😀\u2028\u2029"u8, 0xC3, 0xE2, 0xED, 0xFF];
        for (var i = 8; i < TextCount; i++)
        {
            yield return [.. Enumerable.Range(0, random.Next(i)).Select(_ => alphabet[random.Next(alphabet.Length)])];
        }
    }
}
