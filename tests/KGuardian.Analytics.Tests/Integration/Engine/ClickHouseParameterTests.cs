using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

/// <summary>A value arrives as data, whatever it holds: there is no other defence against SQL injection, and none is needed.</summary>
public sealed class ClickHouseParameterTests() : DatabaseTest(isMigrated: false)
{
    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("'; DROP TABLE t; --")]
    [InlineData("\\' OR 1 = 1 --")]
    [InlineData("\"`'{a:String}{}")]
    [InlineData("\\")]
    [InlineData("\\\\")]
    [InlineData("\\N")]
    [InlineData("NULL")]
    [InlineData("\\n\\t\\x41\\0")]
    [InlineData("a\tb\nc\rd\0e\bf\fg\ah\vi\u001bj\u007fk")]
    [InlineData("\0")]
    [InlineData("\n")]
    [InlineData(" leading and trailing ")]
    [InlineData("&a=b?c#d%20%00+e;f")]
    [InlineData("ünïcødé 😀 \u202e \ufeff \u0085 \u2028")]
    [InlineData("[1,2]")]
    public async Task Text_parameter_arrives_as_it_is(string value) => Assert.Equal(value, await EchoAsync(value));

    [Fact]
    public async Task Text_parameter_of_8_KiB_arrives_as_it_is()
    {
        var value = string.Concat(Enumerable.Repeat("0123456'", 1024));

        Assert.Equal(value, await EchoAsync(value));
    }

    [Fact]
    public void Text_parameters_of_any_characters_arrive_as_they_are()
    {
        // Mostly what means something to a parser, and some of everything else; many values a query, because each query costs milliseconds.
        var character = Gen.Frequency(
            (6, Gen.Elements("\\'\"`\t\n\r\0\b\f\a\v{}:;-/*#%&=+?N0x \u007f".ToCharArray())),
            (2, Gen.Choose(0, 127).Select(code => (char)code)),
            (2, Gen.Choose(0x80, 0xD7FF).Select(code => (char)code)));
        var values = character.ArrayOf().Select(characters => new string(characters)).ArrayOf(20).ToArbitrary();
        var prop = Prop.ForAll(values, sent =>
        {
            var query = new ClickHouseQuery($"SELECT {string.Join(", ", sent.Select((_, i) => $"hex({{p{i}:String}})"))} FORMAT TSV");
            for (var i = 0; i < sent.Length; i++)
            {
                query = query.With($"p{i}", sent[i]);
            }

            var arrived = ReadAsync(query).GetAwaiter().GetResult().TrimEnd('\n').Split('\t');
            return arrived.SequenceEqual(sent.Select(value => Convert.ToHexString(Encoding.UTF8.GetBytes(value))));
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), prop);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public async Task Integer_parameter_arrives_as_it_is(long value) =>
        Assert.Equal($"{value}\n", await ReadAsync(new ClickHouseQuery("SELECT {a:Int64} FORMAT TSV").With("a", value)));

    [Fact]
    public async Task Unsigned_parameter_arrives_as_it_is() =>
        Assert.Equal("18446744073709551615\n", await ReadAsync(new ClickHouseQuery("SELECT {a:UInt64} FORMAT TSV").With("a", ulong.MaxValue)));

    [Fact]
    public async Task Identifier_parameter_with_hostile_text_names_a_table()
    {
        const string Name = "a`; DROP \"x 'y";
        await Client.ExecuteAsync(new ClickHouseQuery("CREATE TABLE {name:Identifier} (a UInt8) ENGINE = Memory").With("name", Name));

        Assert.Equal(Name, await Client.QuerySingleAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = currentDatabase()")));
    }

    [Fact]
    public async Task Parameter_that_does_not_parse_is_refused()
    {
        var error = await Assert.ThrowsAsync<ClickHouseException>(
            () => ReadAsync(new ClickHouseQuery("SELECT {a:UInt8} FORMAT TSV").With("a", "1; SELECT 2")));

        Assert.Equal(ClickHouseFailure.Refused, error.Failure);
    }

    private Task<string> EchoAsync(string value) =>
        Client.QuerySingleAsync<string>(new ClickHouseQuery("SELECT {a:String}").With("a", value));

    private async Task<string> ReadAsync(ClickHouseQuery query)
    {
        await using var result = await Client.StreamAsync(query);
        using var reader = new StreamReader(result.Body);
        return await reader.ReadToEndAsync();
    }
}
