using System.Numerics;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

/// <summary>What the columns of a small result become.</summary>
public sealed class TypedRowTests() : DatabaseTest(isMigrated: false)
{
    [Theory]
    [InlineData("toUInt8(200)", (byte)200)]
    [InlineData("toUInt16(60000)", (ushort)60000)]
    [InlineData("toUInt8(200)", 200L)]
    [InlineData("toInt64(7)", 7)]
    [InlineData("toInt64(7)", 7UL)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("toInt128(-9223372036854775808)", long.MinValue)]
    [InlineData("toUInt128(18446744073709551615)", ulong.MaxValue)]
    [InlineData("true", true)]
    [InlineData("toFloat32(0.5)", 0.5)]
    [InlineData("toUInt32(3)", 3.0)]
    [InlineData("toDecimal64(1.25, 4)", 1.25)]
    [InlineData("'text'", "text")]
    [InlineData("toLowCardinality('text')", "text")]
    [InlineData("toLowCardinality(toNullable('text'))", "text")]
    [InlineData("toNullable('text')", "text")]
    [InlineData("toFixedString('ab', 4)", "ab\0\0")]
    [InlineData("CAST('b', 'Enum8(\\'a\\' = 1, \\'b\\' = 2)')", "b")]
    [InlineData("CAST('Tuesday', 'Enum16(\\'Monday\\' = 1, \\'Tuesday\\' = 300)')", DayOfWeek.Tuesday)]
    [InlineData("'a\\0b\\n\\t\\'\\\\'", "a\0b\n\t'\\")]
    [InlineData("toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')", "61f0c404-5cb3-11e7-907b-a6006ad3dba0")]
    [InlineData("toIPv6('2001:db8::1')", "2001:db8::1")]
    [InlineData("toIPv4('10.0.0.7')", "10.0.0.7")]
    public async Task Column_becomes_the_value_that_is_asked_for<T>(string sql, T expected) =>
        Assert.Equal(expected, await Client.QuerySingleAsync<T>(new ClickHouseQuery($"SELECT {sql}")));

    [Fact]
    public async Task Column_of_other_types_becomes_the_value_that_is_asked_for()
    {
        Assert.Equal(new DateOnly(2149, 6, 6), await SingleAsync<DateOnly>("toDate('2149-06-06')"));
        Assert.Equal(BigInteger.Pow(2, 128) - 1, await SingleAsync<BigInteger>("bitNot(toUInt128(0))"));
        Assert.Equal(Guid.Parse("61f0c404-5cb3-11e7-907b-a6006ad3dba0"), await SingleAsync<Guid>("toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')"));
        Assert.Equal(
            new DateTime(2026, 11, 26, 20, 48, 36).AddMicroseconds(123456),
            await SingleAsync<DateTime>("toDateTime64('2026-11-26 20:48:36.123456', 6, 'UTC')"));
        Assert.Equal(["a", "b"], await SingleAsync<string[]>("['a', 'b']"));
        Assert.Equal([1, 2], await SingleAsync<ulong[]>("[1::UInt64, 2::UInt64]"));
        Assert.Equal(double.PositiveInfinity, await SingleAsync<double>("1 / 0"));
    }

    [Fact]
    public async Task Text_that_is_no_UTF8_has_replacement_characters()
    {
        Assert.Equal("a\ufffdb\ufffd", await SingleAsync<string>("unhex('61FF62C3')"));
        Assert.Equal("\ufffd\ufffd", await SingleAsync<string>("toFixedString(unhex('FFFE'), 2)"));
    }

    [Fact]
    public async Task Null_is_null_where_it_has_a_place()
    {
        Assert.Null(await SingleAsync<long?>("NULL"));
        Assert.Null(await SingleAsync<long?>("toNullable(toUInt8(1)) + NULL"));
        Assert.Null(await SingleAsync<string?>("CAST(NULL, 'LowCardinality(Nullable(String))')"));
        Assert.Null(await SingleAsync<DateOnly?>("CAST(NULL, 'Nullable(Date)')"));
        Assert.Equal(5, await SingleAsync<long?>("toNullable(toUInt8(5))"));
        Assert.Equal(5, await SingleAsync<int>("toNullable(toUInt8(5))"));
        await Assert.ThrowsAnyAsync<InvalidCastException>(() => SingleAsync<long>("CAST(NULL, 'Nullable(Int64)')"));
    }

    [Fact]
    public async Task Column_that_cannot_become_what_is_asked_for_is_an_error()
    {
        var error = await Assert.ThrowsAsync<InvalidCastException>(() => SingleAsync<long>("'7' AS text"));
        Assert.Contains("text", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<OverflowException>(() => SingleAsync<byte>("256"));
        await Assert.ThrowsAsync<OverflowException>(() => SingleAsync<ulong>("-1"));
    }

    [Fact]
    public async Task Row_becomes_a_record_by_its_columns_names_in_any_order()
    {
        var row = await Client.QuerySingleAsync<Positional>(
            new ClickHouseQuery(
                "SELECT 'unknown' AS something_else, map('k', 'v') AS meta, CAST(NULL, 'Nullable(UInt16)') AS peer_port, "
                + "toDate('2026-11-26') AS arrival_day, 7 AS flow_id"));

        Assert.Equal((7UL, new DateOnly(2026, 11, 26), null), (row.FlowId, row.ArrivalDay, row.PeerPort));
        Assert.Equal("v", Assert.Single(row.Meta).Value);
    }

    [Fact]
    public async Task Row_becomes_a_record_with_properties_of_which_others_than_required_ones_may_have_no_column()
    {
        Assert.Equal(new Named { Name = "x" }, await Client.QuerySingleAsync<Named>(new ClickHouseQuery("SELECT 'x' AS name")));
        Assert.Equal(new Named { Name = "x", Size = 3 }, await Client.QuerySingleAsync<Named>(new ClickHouseQuery("SELECT toUInt8(3) AS size, 'x' AS name")));
        await Assert.ThrowsAsync<InvalidCastException>(() => Client.QuerySingleAsync<Named>(new ClickHouseQuery("SELECT 3 AS size")));
        await Assert.ThrowsAsync<InvalidCastException>(() => Client.QuerySingleAsync<Positional>(new ClickHouseQuery("SELECT 3 AS flow_id")));
    }

    private Task<T> SingleAsync<T>(string sql) => Client.QuerySingleAsync<T>(new ClickHouseQuery($"SELECT {sql}"));

    private sealed record Positional(ulong FlowId, DateOnly ArrivalDay, int? PeerPort, IReadOnlyDictionary<string, string> Meta);

    private sealed record Named
    {
        public required string Name { get; init; }

        public long Size { get; init; } = -1;
    }
}
